"""Lines of policyd-spf: its answer to smtpd, with the Received-SPF fields (RFC 7208 section 9.1).

2.9 (Debian 11) logs `prepend ...`, 3.x `: prepend ...` or, when smtpd knew one, `QUEUEID: prepend ...`.
A refusal names no result; the result is found from pyspf's fixed texts. An explanation of the domain (`exp=`) occurs
only with *fail* (RFC 7208 section 6.2).
"""

from __future__ import annotations

import re

from postfix_lab.postfix.log.events import Event, PolicySpf, Trouble

_REFUSED = re.compile(r"(?P<code>\d{3}|defer_if_permit)(?: (?P<enhanced>[45]\.\d{1,3}\.\d{1,3}))? (?P<text>.*)$")
_RESULT = re.compile(r"Received-SPF: (\w+)|spf=(\w+)")
_WHY = re.compile(r"Why\?s=(mfrom|helo);id=")
_FIELDS = re.compile(
    r"client-ip=([^\s;]*)(?:; helo=([^\s;]*)(?:; envelope-from=(?:(.*); receiver=([^;]*)|(.*)))?)?", re.DOTALL
)
_CLIENT = re.compile(r"client-ip=([0-9A-Fa-f.:]+); helo=[^\s;]*; envelope-from=")
_TRUSTED = re.compile(r"Received-SPF: \w+ \(mailfrom\) identity=mailfrom; |X-Comment: ")
"""Headers in which the client's address stands before any text that a client or a domain can choose."""
_LONGEST = 2000
"""Octets; syslog may have truncated a longer header, so that only text chosen by a client is left."""
_NO_ERROR = "5.7.23"
_TEXTS = (
    ("ermanent error", "Permerror"),
    ("emporary error", "Temperror"),
    ("emporary dns error", "Temperror"),
    ("owner discourages use", "Softfail"),
    ("neither permitted nor denied", "Neutral"),
    ("no spf record", "None"),
)


def parse_policyd_spf(text: str) -> Event | None:
    """The event of a line of policyd-spf, queue id removed; None for debug lines (debugLevel 2 and higher)."""
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
    """The fields that have a value; the sender also if it is empty.

    smtpd removes blanks and semicolons from a HELO name. The sender and the comment are not escaped, and the comment
    may be an explanation of the domain (RFC 7208 section 6.2): if one names another client, no field is trusted.
    """
    clients = list(_CLIENT.finditer(header))
    found = _FIELDS.match(header, clients[0].start()) if clients else _FIELDS.search(header)
    if found is None:
        return {}
    client, helo, sender, receiver, rest = found.groups()
    if not _TRUSTED.match(header) and (len({found[1] for found in clients}) > 1 or len(header) > _LONGEST):
        return {"receiver": receiver.rstrip(" )")} if receiver else {}
    told = {"client-ip": client, "helo": helo, "receiver": (receiver or "").rstrip(" )")}
    sender = sender if sender is not None else rest
    fields = {name: value for name, value in told.items() if value}
    return fields if sender is None else {**fields, "envelope-from": sender.rstrip(" )") if sender != "<>" else ""}


def _refusal(refused: re.Match[str]) -> PolicySpf | None:
    code, enhanced, text = refused["code"], refused["enhanced"], refused["text"]
    reasons = list(_WHY.finditer(text))
    if code.isdigit() and not (reasons or "due to:" in text or (enhanced or "").startswith("5.7.2")):
        return None
    # If the sender or an explanation also contains such a URL, the values are not trusted.
    why = reasons[0] if len(reasons) == 1 else None
    told = _url(text[reasons[-1].end() :]) if reasons else {}
    who = told.get("id") if why else None
    by_helo = why is not None and why[1] == "helo"
    identity = None if why is None else "helo" if by_helo else "mailfrom"
    result = _reason(text, enhanced, deferred=not code.isdigit())
    return PolicySpf(
        "reject" if code.isdigit() else "defer", text.rstrip(), result, identity,
        told.get("ip"), who if by_helo else None, None if by_helo else who, told.get("r"), code, enhanced,
    )  # fmt: skip


def _url(text: str) -> dict[str, str]:
    who, found, rest = text.rpartition(";ip=")
    address, _, receiver = rest.partition(";r=")
    return {"id": who, "ip": address, "r": receiver.rstrip()} if found else {}


def _reason(text: str, enhanced: str | None, *, deferred: bool) -> str:
    """The SPF result of a refusal; a domain's explanation may contain any text, but 5.7.23 is no error (RFC 7372)."""
    low = text.lower()
    errors = ("Permerror", "Temperror")
    possible = [(mark, result) for mark, result in _TEXTS if enhanced != _NO_ERROR or result not in errors]
    return next((result for mark, result in possible if mark in low), "Temperror" if deferred else "Fail")
