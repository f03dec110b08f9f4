"""Which canary a configuration can have: what is refused to a stranger, and what a good client may send.

A canary proves that the lab can tell; where a configuration makes one impossible, the reason goes into the report.
An open relay makes none impossible: it has to fail, unless the scenario says `canary=False`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from postfix_lab.fit.collaborators import COLLABORATORS
from postfix_lab.fit.draft import Draft
from postfix_lab.fit.network import reachable
from postfix_lab.fit.own_domains import domains, own_domain, own_domains
from postfix_lab.postfix.files.lines import split_lines

_DEEP = ("postscreen_bare_newline_enable", "postscreen_non_smtp_command_enable", "postscreen_pipelining_enable")
_TABLE = re.compile(r"[a-z]+:(/[^\s,]+)")


@dataclass(frozen=True)
class Canary:
    """What can be tried; an empty recipient means that no good client's mail can be expected to pass."""

    relay: bool = True
    recipient: str = ""
    patience: float = 10.0
    """Seconds that each step may take; a daemon that dies leaves its client waiting."""


def choose(draft: Draft) -> Canary:
    """The canary of this configuration; tells why where one is left out."""
    if not reachable(draft):
        return _none(draft, "no client from outside reaches port 25")
    found = own_domains(draft)
    reason = _why_not(draft, found)
    if reason:
        draft.tell("canary", "the stranger's relay attempt alone", reason)
        return Canary(patience=_patience(draft))
    return Canary(recipient=_recipient(draft, found[0]), patience=_patience(draft))


def has_deep_tests(draft: Draft) -> bool:
    """Whether postscreen's after-220 tests are on (a new client is deferred once)."""
    screens = [service for service in draft.services if service.command == "postscreen"]
    own = {option.name: option.value for service in screens for option in service.options}
    return bool(screens) and any(own.get(name, draft.value(name)) == "yes" for name in _DEEP)


def _patience(draft: Draft) -> float:
    """What postscreen makes necessary: it waits 6 s before it greets (postscreen_greet_wait) or longer."""
    return 30.0 if any(service.command == "postscreen" for service in draft.services) else 10.0


def _none(draft: Draft, reason: str) -> Canary:
    draft.tell("canary", "off", reason)
    return Canary(relay=False)


def _why_not(draft: Draft, found: tuple[str, ...]) -> str:
    if not found:
        return "the configuration takes mail for no domain that its files name"
    if objection := next((said for one in COLLABORATORS if (said := one.objection(draft))), ""):
        return objection
    if has_deep_tests(draft):
        return "postscreen's tests after the greeting refuse the first mail of every client"
    return ""


def _recipient(draft: Draft, domain: str) -> str:
    """An address that exists: postmaster, but where a table of the admin's says who is there."""
    classes = {
        "virtual_mailbox_domains": "virtual_mailbox_maps",
        "virtual_alias_domains": "virtual_alias_maps",
        "relay_domains": "relay_recipient_maps",
    }
    for name, maps in classes.items():
        if domain in domains(draft, name):
            for path in _TABLE.findall(draft.value(maps)):
                content = draft.files.get(path)
                keys = [line.split()[0] for line in split_lines(content.text if content else "") if line.split()]
                mine = next((key for key in keys if key.lower().endswith(f"@{domain}") and key[0] not in "@#/"), "")
                if mine:
                    return mine
    return f"postmaster@{domain or own_domain(draft)}"
