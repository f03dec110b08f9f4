"""Lines of policyd-spf: what it told smtpd to do, with the Received-SPF fields (RFC 7208 section 9.1).

2.9 (Debian 11) logs `prepend ...`, 3.x `: prepend ...` or, when smtpd knew one, `QUEUEID: prepend ...`.
A refusal names no result; it is read from pyspf's fixed texts, and a text of the domain's own
(`exp=`) goes with *fail* alone (RFC 7208 section 6.2).
"""

from __future__ import annotations

import re

from lab.mailhost.log.events import Event, PolicySpf, Trouble

_REFUSED = re.compile(r"(?P<code>\d{3}|defer_if_permit)(?: (?P<enhanced>[45]\.\d{1,3}\.\d{1,3}))? (?P<text>.*)$")
_RESULT = re.compile(r"Received-SPF: (\w+)|spf=(\w+)")
_WHY = re.compile(r"Why\?s=(mfrom|helo);id=")
_FIELDS = ("client-ip", "helo", "envelope-from", "receiver")
_TEXTS = (
    ("ermanent error", "Permerror"),
    ("emporary error", "Temperror"),
    ("emporary dns error", "Temperror"),
    ("owner discourages use", "Softfail"),
    ("neither permitted nor denied", "Neutral"),
    ("no spf record", "None"),
)


def policy(text: str) -> Event | None:
    """A line of policyd-spf without its queue id; None for its chatter at debugLevel 2 and up."""
    text = text.removeprefix(": ")
    for mark, kind in (("prepend ", "prepend"), ("Header field not prepended: ", "withheld")):
        if text.startswith(mark):
            return _header(text.removeprefix(mark), withheld=kind == "withheld")
    if text.startswith("result_only "):
        return PolicySpf("result_only", text.removeprefix("result_only "))
    if text.startswith(("ERROR: ", "Ouch, caught exc: ", "Traceback ")):
        return Trouble("error", text)
    refused = _REFUSED.match(text)
    return _refusal(refused) if refused else None


def _header(header: str, *, withheld: bool) -> PolicySpf:
    result = _RESULT.search(header)
    identity = re.search(r"(?:\bidentity=|\bsmtp\.)(mailfrom|helo)\b", header)
    fields = _fields(header)
    return PolicySpf(
        "skip" if header.startswith("X-Comment:") else "withheld" if withheld else "prepend",
        header.rstrip(),
        (result[1] or result[2]).capitalize() if result else None,
        identity[1] if identity else None,
        fields.get("client-ip"),
        fields.get("helo"),
        fields.get("envelope-from"),
        fields.get("receiver"),
    )


def _fields(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = header.partition(f"{_FIELDS[0]}=")[2]
    for name, following in zip(_FIELDS, (*_FIELDS[1:], None), strict=True):
        value, mark, rest = rest.partition(f"; {following}=") if following else (rest, "", "")
        found[name] = value.rstrip(" )") if following is None else value
        if following and not mark:
            break
    if found.get("envelope-from") == "<>":
        found["envelope-from"] = ""
    return {name: value for name, value in found.items() if value or name == "envelope-from"}


def _refusal(refused: re.Match[str]) -> PolicySpf | None:
    code, enhanced, text = refused["code"], refused["enhanced"], refused["text"]
    why = _WHY.search(text)
    if code.isdigit() and not (why or "due to:" in text or (enhanced or "").startswith("5.7.2")):
        return None
    told = _url(text[why.end() :]) if why else {}
    who = told.get("id")
    by_helo = why is not None and why[1] == "helo"
    identity = None if why is None else "helo" if by_helo else "mailfrom"
    return PolicySpf(
        "reject" if code.isdigit() else "defer", text.rstrip(), _reason(text, deferred=not code.isdigit()), identity,
        told.get("ip"), who if by_helo else None, None if by_helo else who, told.get("r"), code, enhanced,
    )  # fmt: skip


def _url(text: str) -> dict[str, str]:
    who, found, rest = text.rpartition(";ip=")
    address, _, receiver = rest.partition(";r=")
    return {"id": who, "ip": address, "r": receiver.rstrip()} if found else {}


def _reason(text: str, *, deferred: bool) -> str:
    low = text.lower()
    return next((result for mark, result in _TEXTS if mark in low), "Temperror" if deferred else "Fail")
