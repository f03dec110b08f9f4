"""Checks: each judges one thing that the evidence must show; `guards` are those that always apply."""

from postfix_lab.verdict.checks.check import Check, Finding, Status
from postfix_lab.verdict.checks.decisions import decided_by
from postfix_lab.verdict.checks.filter_requests import milter_received, policy_received, table_asked
from postfix_lab.verdict.checks.log_lines import connected_as, logged, may_log, not_logged, warned
from postfix_lab.verdict.checks.mail import (
    bounced,
    delivered,
    header,
    no_received_spf,
    not_delivered,
    peer_received,
    received_spf,
    spf_result,
)
from postfix_lab.verdict.checks.outcomes import decided, within
from postfix_lab.verdict.checks.questions import asked, asked_in_order, asked_nothing, not_asked
from postfix_lab.verdict.checks.replies import accepted, ended, refused, replied, sent

__all__ = [
    "Check",
    "Finding",
    "Status",
    "accepted",
    "asked",
    "asked_in_order",
    "asked_nothing",
    "bounced",
    "connected_as",
    "decided",
    "decided_by",
    "delivered",
    "ended",
    "header",
    "logged",
    "may_log",
    "milter_received",
    "no_received_spf",
    "not_asked",
    "not_delivered",
    "not_logged",
    "peer_received",
    "policy_received",
    "received_spf",
    "refused",
    "replied",
    "sent",
    "spf_result",
    "table_asked",
    "warned",
    "within",
]
