"""Size limits that contradict each other: local(8) and virtual(8) end with `fatal:` before any delivery."""

from __future__ import annotations

from collections.abc import Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.audit.transports import delivery_agents
from postfix_lab.postfix.files.master_cf import Service

_MESSAGE = "message_size_limit"
_DEFAULTS = {_MESSAGE: 10240000, "mailbox_size_limit": 51200000, "virtual_mailbox_limit": 51200000}
"""postconf(5); the same in every release."""
_AGENTS = {"local": "mailbox_size_limit", "virtual": "virtual_mailbox_limit"}
"""The delivery agents that write mailboxes, with their limits."""


def judge(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield a finding for each delivery agent whose mailboxes are smaller than a message may be; 0 is no limit."""
    used = delivery_agents(written)
    for agent, limit in _AGENTS.items():
        service = next((s for s in written.services if s.command == agent and s.name in used), None)
        if service is None:
            continue
        message, mailbox = _limit(written, service, _MESSAGE), _limit(written, service, limit)
        if mailbox and (not message or mailbox < message):
            yield _finding(written, agent, limit, (message, mailbox))


def _finding(written: AdminConfig, agent: str, limit: str, sizes: tuple[int, int]) -> AuditFinding:
    message, mailbox = sizes
    told = f"{_MESSAGE} ({message or 'none'}) is above {limit} ({mailbox}{_by_default(written, limit)})"
    what = f"{told}: {agent}(8) ends with fatal: before it delivers anything, and all its mail stays in the queue"
    remedy = f"set {limit} = 0 (no limit), or to more than {_MESSAGE}"
    places = [written.parameter_place(name) for name in (_MESSAGE, limit)]
    place = next((place for place in places if place.line), places[0])
    return AuditFinding(FindingKind.SIZES, Severity.ERROR, place, what, remedy)


def _limit(written: AdminConfig, service: Service, name: str) -> int:
    value = written.draft.own_value(service, name)
    return int(value) if value.isdigit() else _DEFAULTS[name]


def _by_default(written: AdminConfig, name: str) -> str:
    return "" if written.parameter_place(name).line else ", its default"
