"""Whether a connection that smtpd(8) keeps to a policy service may matter to later mail.

smtpd keeps a connection for smtpd_policy_service_max_idle (300 s), and with it the process that spawn(8) started. That
process may remember what one client asked, or end before the next one comes. The lab's stubs and policyd-spf as
packaged do neither.
"""

from __future__ import annotations

import re

from postfix_lab.fit.collaborators import COLLABORATORS
from postfix_lab.fit.collaborators.policyd_spf import runs_spf
from postfix_lab.fit.draft import Draft
from postfix_lab.fit.endpoints import endpoint, is_chrooted
from postfix_lab.fit.own_sockets import serves
from postfix_lab.postfix.files.master_cf import Service

_POLICY = re.compile(r"check_policy_service\s+(?:\{\s*)?((?:unix|inet):[^\s,}]+)")
_TRIES, _LIMIT = "smtpd_policy_service_try_limit", "time_limit"
_SOON = re.compile(r"\d{1,2}s?")
"""A time limit below 100 s: a later client may come after it."""


def may_matter(draft: Draft) -> bool:
    """Whether some policy service may remember what it was asked, or end while smtpd keeps its connection."""
    asked = {
        endpoint(place, chrooted=is_chrooted(draft, setting))[0]
        for setting in draft.settings()
        for place in _POLICY.findall(draft.expand(setting.value))
    }
    lasting = {stub.listen for stub in draft.stubs.values() if not _is_collaborator(stub.mode)}
    asked -= lasting
    harmless = [service for service in runs_spf(draft) if not _ends_early(draft, service)]
    if draft.value(_TRIES).strip() == "1":  # A connection that has broken meanwhile is a failure at once.
        harmless = []
    return any(not any(serves(service, listen) for service in harmless) for listen in asked)


def _is_collaborator(mode: str) -> bool:
    return any(mode == collaborator.name for collaborator in COLLABORATORS)


def _ends_early(draft: Draft, service: Service) -> bool:
    own = draft.lookup(f"{service.name}_{_LIMIT}") or draft.lookup(f"command_{_LIMIT}") or ""
    return _SOON.fullmatch(draft.expand(own).strip()) is not None
