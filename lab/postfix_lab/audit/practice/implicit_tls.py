"""Listeners whose port and `smtpd_tls_wrappermode` do not agree (RFC 8314 section 3.3)."""

from __future__ import annotations

from collections.abc import Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity

_IMPLICIT, _EXPLICIT = "465", ("25", "587")


def judge(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield a finding for each listener on port 465 without TLS from the start, and on 25 or 587 with it."""
    for service in written.services:
        if service.command != "smtpd" or service.kind != "inet":
            continue
        wrapped = written.draft.own_value(service, "smtpd_tls_wrappermode") == "yes"
        if service.port == _IMPLICIT and not wrapped:
            what = f"{service.name}: clients of port 465 begin with TLS, and this smtpd greets in the clear"
            remedy = "add -o smtpd_tls_wrappermode=yes to the service"
        elif service.port in _EXPLICIT and wrapped:
            what = f"{service.name}: clients of port {service.port} wait for a greeting, and this smtpd for TLS"
            remedy = "take smtpd_tls_wrappermode out of the service; it belongs to port 465"
        else:
            continue
        yield AuditFinding(FindingKind.WRAPPERMODE, Severity.ERROR, written.service_place(service), what, remedy)
