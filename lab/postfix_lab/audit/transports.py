"""Transports that master.cf does not have: mail that goes there stays in the queue (transport(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postfix_lab.audit.as_written import Written
from postfix_lab.audit.finding import Finding, FindingKind, Severity
from postfix_lab.postfix.parameters import TRANSPORTS
from postfix_lab.text import did_you_mean

_NAME = re.compile(r"[\w.-]+")


def judge(written: Written) -> Iterator[Finding]:
    """A finding for each parameter that names one; nothing where the folder has no master.cf of its own."""
    known = {service.name for service in written.services if service.kind == "unix"}
    for setting in written.draft.of_kind(TRANSPORTS) if written.source.master else ():
        name = written.draft.expand(setting.value).strip().partition(":")[0]
        if _NAME.fullmatch(name) and name not in known:
            what = f"{setting.what}: master.cf has no transport {name}, so its mail stays in the queue"
            remedy = f"add the service {name} to {written.master_file}, or name another: {did_you_mean(name, known)}"
            yield Finding(FindingKind.TRANSPORT, Severity.ERROR, written.at(setting), what, remedy)
