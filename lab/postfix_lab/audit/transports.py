"""Transports that master.cf lacks: mail for them stays in the queue (transport(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.postfix.parameters import TRANSPORTS
from postfix_lab.text import did_you_mean

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
