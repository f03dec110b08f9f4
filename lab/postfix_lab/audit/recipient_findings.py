"""Recipients that do not exist and are accepted: the mail bounces later, to a sender that is often forged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.audit.recipient_probes import MAPS, NOBODY
from postfix_lab.audit.trial import Aim, TrialResult
from postfix_lab.fit.draft import Setting
from postfix_lab.fit.named_tables import table_references
from postfix_lab.postfix.parameters import BUILT, ELSEWHERE_BUILT, FOREIGN, PLAIN, PRESENT
from postfix_lab.text import printable

_CATCHES_ALL = ("virtual_alias_maps", "canonical_maps", "recipient_canonical_maps")
_STATIC = re.compile(r"^\s*static:\S+\s*$")


def judge(written: AdminConfig, results: Sequence[TrialResult]) -> Iterator[AuditFinding]:
    """Yield a finding for each class of domains in which such a recipient was accepted."""
    for result in results:
        name, _, domain = result.trial.detail.partition(" ")
        if result.trial.aim is Aim.UNKNOWN and _is_accepted(result) and not _is_meant(written, name, domain):
            yield _finding(written, name, domain)


def _is_accepted(result: TrialResult) -> bool:
    replies = result.transcript.replies("RCPT")
    return bool(replies) and replies[-1].positive


def _is_meant(written: AdminConfig, name: str, domain: str) -> bool:
    """Whether a table that the lab does not have may know the recipient, or one of the folder takes every address."""
    others = (MAPS[name], *_CATCHES_ALL)
    if any(_is_lent(written, parameter) or _has_domain(written, parameter, domain) for parameter in others):
        return True
    return name == "mydestination" and bool(written.draft.value("luser_relay").strip())


def _is_lent(written: AdminConfig, parameter: str) -> bool:
    """Whether a table of the parameter has a stand-in: it is a server's, the host's accounts, or its file is absent."""
    value = written.draft.lookup(parameter) or ""
    kinds = BUILT | PLAIN | ELSEWHERE_BUILT
    for table in table_references(written.draft, Setting(parameter, written.draft.expand(value))):
        absent = table.kind in kinds and table.path not in PRESENT and not written.draft.has(table.path)
        if table.kind in FOREIGN | {"unix"} or absent:
            return True
    return False


def _has_domain(written: AdminConfig, parameter: str, domain: str) -> bool:
    """Whether a table of the parameter has an entry for every address of the domain."""
    value = written.draft.expand(written.draft.lookup(parameter) or "")
    tables = table_references(written.draft, Setting(parameter, value))
    return any(key.lower() == f"@{domain}" for table in tables for key, _ in written.keys(table.path))


def _finding(written: AdminConfig, name: str, domain: str) -> AuditFinding:
    """Return a warning, or a note where the admin wrote it out: `static:all`, or an empty local_recipient_maps."""
    maps = MAPS[name]
    value = written.draft.value(maps)
    place = written.parameter_place(maps)
    place = place if place.line else written.parameter_place(name, domain)
    why = f"{maps} is empty" if not value.strip() else f"{maps} = {value} has everybody"
    what = f"{name}: {NOBODY}@{domain} is accepted ({why}): whoever forges a sender has this host bounce to it"
    remedy = f"list the recipients of {domain} in {maps}" + (
        ", or name a luser_relay" if name == "mydestination" else ", or put reject_unverified_recipient last"
    )
    written_out = _STATIC.match(value) or (name == "mydestination" and not value.strip())
    severity = Severity.NOTE if written_out else Severity.WARNING
    return AuditFinding(FindingKind.BACKSCATTER, severity, place, printable(what), remedy)
