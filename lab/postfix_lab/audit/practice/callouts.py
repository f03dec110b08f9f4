"""Callouts for strangers: whoever forges a sender has this host question that domain's servers about it.

ADDRESS_VERIFICATION_README: probes for every sender load the servers of those who are forged, and they block whoever
probes much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.postfix.configuration import LISTS, Configured
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.restrictions import Restriction
from postfix_lab.postfix.restrictions.restriction import in_effect

_SENDER, _RECIPIENT = "reject_unverified_sender", "reject_unverified_recipient"
_GUARDS = ("reject_unauth_destination", "defer_unauth_destination", "reject", "defer")
_RELAY, _RECIPIENTS = "smtpd_relay_restrictions", "smtpd_recipient_restrictions"
_FIRST = "smtpd_relay_before_recipient_restrictions"


def judge(written: AdminConfig, configured: Configured) -> Iterator[AuditFinding]:
    """Yield a finding for each restriction that strangers on port 25 reach and that probes addresses of others."""
    found: dict[Restriction, None] = {}
    for service in written.services:
        if service.command == "smtpd" and not written.is_inside(service) and service.port in ("25", ""):
            found |= dict.fromkeys(_for_strangers(configured, service))
    for restriction in found:
        whose = "sender" if restriction.name.lower() == _SENDER else "recipient"
        what = (
            f"{restriction.list}: {restriction.name} comes before a stranger is refused: this host asks any server "
            f"in the world about a {whose} that anybody may name"
        )
        remedy = f"put {_RECIPIENT} behind reject_unauth_destination"
        if whose == "sender":
            remedy = f"ask for some domains alone: check_sender_access with `often-forged.example {_SENDER}`"
        yield AuditFinding(FindingKind.CALLOUT, Severity.WARNING, written.trace_place(restriction.place), what, remedy)


def _for_strangers(configured: Configured, service: Service) -> Iterator[Restriction]:
    guarded = False
    for name in _order(configured, service.key):
        own = in_effect(configured, name, service.key)
        for index, restriction in enumerate(own):
            word = restriction.name.lower()
            closed = word in ("reject", "defer") and not _is_softened(own, index)
            if closed:
                return
            guarded = guarded or (word in _GUARDS and not _is_softened(own, index))
            if word == _SENDER or (word == _RECIPIENT and not guarded):
                yield restriction


def _order(configured: Configured, key: str) -> tuple[str, ...]:
    """Return the lists in the order in which smtpd evaluates them; before 3.6, recipients' came first."""
    if configured.value(_FIRST, key) == "yes":
        return LISTS
    swapped = {_RELAY: _RECIPIENTS, _RECIPIENTS: _RELAY}
    return tuple(swapped.get(name, name) for name in LISTS)


def _is_softened(own: Sequence[Restriction], index: int) -> bool:
    return index > 0 and own[index - 1].name.lower() == "warn_if_reject"
