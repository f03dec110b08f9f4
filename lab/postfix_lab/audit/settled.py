"""The line of the parameter that a refusal without a restriction comes from."""

from __future__ import annotations

import re

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import FilePlace
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.smtp.transcript import Exchange

_SETTLED = (
    (re.compile(r"message file too big|exceeds.*size"), ("message_size_limit",)),
    (re.compile(r"Insufficient system storage"), ("queue_minfree", "message_size_limit")),
    (re.compile(r"Must issue a STARTTLS"), ("smtpd_tls_security_level", "smtpd_enforce_tls")),
    (re.compile(r"too many errors"), ("smtpd_hard_error_limit",)),
)
"""What smtpd says without any restriction, and the parameters that settle it."""


def settled_place(written: AdminConfig, service: Service, refused: Exchange) -> FilePlace:
    """Return the line of the parameter that settles such a reply, else the entry of the listener."""
    for pattern, names in _SETTLED:
        known = [written.parameter_place(name) for name in names] if pattern.search(str(refused.reply)) else []
        if found := next((place for place in known if place.line), None):
            return found
    return written.service_place(service)
