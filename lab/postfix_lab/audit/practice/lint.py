"""All rules of practice in one call."""

from __future__ import annotations

from collections.abc import Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding
from postfix_lab.audit.practice import (
    auth_in_clear,
    callouts,
    compatibility,
    disarmed,
    gone_lists,
    implicit_tls,
    late_exceptions,
    others_domains,
    public_networks,
    size_limits,
    table_keys,
)
from postfix_lab.postfix.configuration import Configured


def judge(written: AdminConfig, configured: Configured, debian: int) -> Iterator[AuditFinding]:
    """Yield the findings of every rule."""
    yield from implicit_tls.judge(written)
    yield from auth_in_clear.judge(written)
    yield from size_limits.judge(written)
    yield from callouts.judge(written, configured)
    yield from disarmed.judge(written, configured)
    yield from gone_lists.judge(written, configured)
    yield from others_domains.judge(written)
    yield from public_networks.judge(written)
    yield from late_exceptions.judge(written)
    yield from table_keys.judge(written)
    yield from compatibility.judge(written, debian)
