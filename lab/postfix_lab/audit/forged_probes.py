"""Strangers who pretend to be whom an access table permits: by sender, EHLO name, or an unconfirmed PTR record.

Every one of these is the client's own word. A table that says OK to it before reject_unauth_destination makes an open
relay for whoever knows an entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from postfix_lab.audit.trial import TARGET, Aim, Trial, open_session
from postfix_lab.dns.zone import ZoneText
from postfix_lab.fit.canary_choice import wants_starttls
from postfix_lab.fit.draft import Draft
from postfix_lab.postfix.configuration import CLASSES, LISTS
from postfix_lab.postfix.files.lines import BLANKS, logical_lines, split_lines
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.scenario.ptr import Ptr
from postfix_lab.scenario.world import Host, zone
from postfix_lab.smtp.dialogue import mail

_MOST, _EACH = 16, 4
_CHECK = re.compile(
    r"check_(sender|helo|reverse_client_hostname)_access[\s,]+(?:proxy:)?"
    r"(?:(hash|btree|lmdb|texthash|cdb|dbm|regexp|pcre):(/[^\s,{}]+)|inline:\{([^{}]*)\})",
    re.IGNORECASE,
)
_PERMITS = re.compile(r"(?:ok|relay|permit\w*|\d+)\b(?!\s*\.)", re.IGNORECASE)
_REFUSES = re.compile(r"[45]\d\d\b")
_PATTERN = re.compile(r"/((?:[^/\\]|\\.)*)/\w*\s+(.*)")
_PLAIN = re.compile(r"[\w.@+-]+")
_HOST = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_STRANGER = "stranger.example"


class Permission(NamedTuple):
    """An entry that permits: what of the client it is about, the table, and its key."""

    about: str
    table: str
    key: str


def trials(draft: Draft, service: Service) -> Iterator[Trial]:
    """Yield a trial for some entries of each table that a listener asks about what a client only claims."""
    for number, entry in enumerate(islice(permitting_entries(draft, service), _MOST)):
        address = f"198.51.94.{10 + number}"
        usual = f"mail-{number}.{_STRANGER}"
        named = entry.about == "reverse_client_hostname"
        ptr = Ptr.to(entry.key, forward=False) if named else Ptr.right()
        host = Host(address, usual, helo=entry.key if entry.about == "helo" else None, ptr=ptr)
        sender = entry.key if entry.about == "sender" else f"eve@{_STRANGER}"
        dialogue = mail(helo=host.greeting, sender=sender, to=TARGET, tls=wants_starttls(draft, service))
        session = open_session(draft, service, host, address, dialogue)
        yield Trial(Aim.FORGED, service, session, sender, entry.key or "<>")


def zones(found: Iterable[Trial], own: Iterable[str]) -> tuple[ZoneText, ...]:
    """The zones of the senders' domains, which exist in life; `own` are the domains that have zones already."""
    names = (trial.sender.rpartition("@")[2].lower() for trial in found if trial.aim is Aim.FORGED)
    known = {*own, _STRANGER, ""}
    new = (name for name in dict.fromkeys(names) if name not in known)
    return tuple(zone(f"@ MX 10 mail.{_STRANGER}.\n", origin=name) for name in new)


def permitting_entries(draft: Draft, service: Service) -> Iterator[Permission]:
    """Yield some entries that permit, of each table in the lists of a listener and in restriction classes."""
    names = [*LISTS, *re.split(r"[\s,]+", draft.value(CLASSES).strip())]
    seen: set[tuple[str, str]] = set()
    for name in filter(None, names):
        for about, kind, path, inline in _CHECK.findall(draft.own_value(service, name)):
            table = f"{kind}:{path}" if path else f"inline:{{{inline}}}"
            if (about, table) not in seen:
                seen.add((about, table))
                pairs = _inline(inline) if inline else _pairs(draft, kind.lower(), path)
                claims = (_claim(about.lower(), key) for key, action in pairs if _is_permit(action))
                usable = (claim for claim in claims if claim is not None)
                yield from (Permission(about.lower(), table, claim) for claim in islice(usable, _EACH))


def _is_permit(action: str) -> bool:
    return bool(_PERMITS.match(action)) and not _REFUSES.match(action)


def _inline(text: str) -> Iterator[tuple[str, str]]:
    for word in re.split(r"[\s,]+", text.strip()):
        key, _, action = word.partition("=")
        yield key, action


def _pairs(draft: Draft, kind: str, path: str) -> Iterator[tuple[str, str]]:
    content = draft.files.get(path)
    if content is None:
        return
    if kind in ("regexp", "pcre"):
        found = (_PATTERN.match(line) for line in split_lines(content.text))
        yield from ((sample, one[2]) for one in found if one and (sample := _sample(one[1])))
        return
    for line in logical_lines(content.text):
        words = [word.text for word in line.whole.words(BLANKS)]
        yield words[0], " ".join(words[1:])


def _sample(pattern: str) -> str:
    """Return a text that a simple pattern matches; empty if it is none."""
    plain = re.sub(r"\\([.@+-])", r"\1", re.sub(r"^\^|\$$", "", pattern)).replace(".*", "x")
    return plain if _PLAIN.fullmatch(plain) and re.search(pattern, plain) else ""


def _claim(about: str, key: str) -> str | None:
    """Return what a client has to claim so that the key matches; None if no claim does."""
    if about != "sender":
        return key.lstrip(".") if _HOST.fullmatch(key.lstrip(".")) else None
    if key == "<>":
        return ""
    local, at, domain = key.partition("@")
    if at:
        claimed = f"{local or 'eve'}@{domain or _STRANGER}"
        return claimed if _PLAIN.fullmatch(claimed) else None
    return f"eve@{key.lstrip('.')}" if _HOST.fullmatch(key.lstrip(".")) else None
