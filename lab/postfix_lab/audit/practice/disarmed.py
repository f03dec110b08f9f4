"""A `permit_*` in front of a restriction that it takes the effect from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.postfix.configuration import LISTS, Configured
from postfix_lab.postfix.restrictions import Restriction
from postfix_lab.postfix.restrictions.restriction import in_effect
from postfix_lab.text import printable


class _Pair(NamedTuple):
    """A permission, what it must not stand in front of, and why."""

    permit: str
    disarms: re.Pattern[str]
    why: str
    unless: str = ""
    """A parameter that, if it is set, makes the pair harmless."""


_PAIRS = (
    _Pair(
        "permit_sasl_authenticated",
        re.compile(r"reject_(authenticated_|known_)?sender_login_mismatch"),
        "whoever is logged in may use any sender",
    ),
    _Pair(
        "permit_auth_destination",
        re.compile(r"reject_(rbl|rhsbl|unknown|non_fqdn|unlisted|unverified|invalid)\w*|check_policy_service"),
        "mail for the own domains never gets there, and what gets there is refused anyway",
    ),
    _Pair(
        "permit_mx_backup",
        re.compile(r"(reject|defer)_unauth_destination"),
        "whoever lets an MX record of a domain point here may relay to it",
        "permit_mx_backup_networks",
    ),
    _Pair(
        "permit_tls_all_clientcerts",
        re.compile(r"(reject|defer)_unauth_destination"),
        "whoever has a certificate of any CA that is trusted here may relay",
    ),
)


def judge(written: AdminConfig, configured: Configured) -> Iterator[AuditFinding]:
    """Yield a finding for each such pair of a list, at the restriction that is disarmed."""
    seen: set[tuple[str, str]] = set()
    for service in (s for s in written.services if s.command == "smtpd"):
        for name in LISTS:
            own = in_effect(configured, name, service.key)
            for pair, permit, disarmed in _pairs(own):
                place = written.trace_place(disarmed.place)
                known = (f"{place} {name}", pair.permit)
                if known in seen or (pair.unless and written.draft.value(pair.unless)):
                    continue
                seen.add(known)
                what = f"{name}: {permit.name} ({written.trace_place(permit.place)}) in front of {disarmed.text}"
                remedy = f"put {disarmed.name} in front of {permit.name}"
                if pair.disarms.match("reject_unauth_destination"):
                    remedy = f"take {permit.name} out" + (f", or set {pair.unless}" if pair.unless else "")
                yield AuditFinding(
                    FindingKind.DISARMED, Severity.WARNING, place, printable(f"{what}: {pair.why}"), remedy
                )


def _pairs(own: Sequence[Restriction]) -> Iterator[tuple[_Pair, Restriction, Restriction]]:
    """Yield each pair with its two restrictions: the first one that is disarmed."""
    for pair in _PAIRS:
        permit = next((r for r in own if r.name.lower() == pair.permit), None)
        behind = (r for r in own if permit and r.index > permit.index and pair.disarms.fullmatch(r.name.lower()))
        if permit and (first := next(behind, None)):
            yield pair, permit, first
