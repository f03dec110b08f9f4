"""Transports that master.cf lacks: mail for them stays in the queue (transport(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.fit import own_domains
from postfix_lab.postfix.parameters import TRANSPORTS
from postfix_lab.text import did_you_mean

_AGENTS = {
    "local_transport": ("local", "mydestination"),
    "virtual_transport": ("virtual", "virtual_mailbox_domains"),
}
"""Parameters that choose a delivery agent (postconf(5)), each with its default and the domains that it is for."""
_NAME = re.compile(r"[\w.-]+")


def judge(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield a finding for each parameter that names one; nothing if the folder has no master.cf."""
    known = {service.name for service in written.services if service.kind == "unix"}
    for setting in written.draft.of_kind(TRANSPORTS) if written.source.master else ():
        name = written.draft.expand(setting.value).strip().partition(":")[0]
        if _NAME.fullmatch(name) and name not in known:
            what = f"{setting.what}: master.cf has no transport {name}, so its mail stays in the queue"
            remedy = f"add the service {name} to {written.master_file}, or name another: {did_you_mean(name, known)}"
            yield AuditFinding(FindingKind.TRANSPORT, Severity.ERROR, written.setting_place(setting), what, remedy)


def delivery_agents(written: AdminConfig) -> frozenset[str]:
    """Return the services that deliver local and virtual mail: those of domains that the configuration has."""
    draft = written.draft
    return frozenset(
        (draft.value(name) or usual).partition(":")[0].strip()
        for name, (usual, domains) in _AGENTS.items()
        if own_domains.domains(draft, domains)
    )
