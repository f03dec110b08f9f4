"""Choose the canary of a configuration: the mail that must be refused, and the one that must be accepted.

A canary proves that the lab can see both results. If a configuration makes one impossible, a delta gives the reason.
An open relay still has a canary: it must fail, unless the scenario says `canary=False`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from postfix_lab.fit.collaborators import COLLABORATORS
from postfix_lab.fit.collaborators.dovecot import first_login
from postfix_lab.fit.delta import MISSING
from postfix_lab.fit.draft import Draft
from postfix_lab.fit.network import is_reachable
from postfix_lab.fit.own_domains import domains, own_domain, own_domains
from postfix_lab.postfix.configuration import CLASSES, LISTS
from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.files.master_cf import Service

_DEEP = ("postscreen_bare_newline_enable", "postscreen_non_smtp_command_enable", "postscreen_pipelining_enable")
_TABLE = re.compile(r"[a-z]+:(/[^\s,]+)")
_USUAL_PATIENCE = 10.0
_PLAINTEXT = "reject_plaintext_session"
_GREETS = ("smtpd", "postscreen")
_PERMIT_USERS, _REFUSE_ALL = "permit_sasl_authenticated", ("reject", "defer")


@dataclass(frozen=True)
class Canary:
    """Which mails are tried; with an empty recipient, only the one that must be refused."""

    relay: bool = True
    recipient: str = ""
    patience: float = _USUAL_PATIENCE
    """Seconds that each step may take."""
    tls: bool = False
    """Whether the clients say STARTTLS, since the configuration takes no mail in the clear."""
    login: tuple[str, str] | None = None
    """User and password of the good client, where the configuration takes mail from users alone."""
    visits: int = 1
    """How often the good client comes: twice where postscreen defers whoever comes for the first time."""
    greylisted: bool = False
    """Whether a greylisting program defers the good client's mail, which is as good as its acceptance."""

    @property
    def dead_limit(self) -> float:
        """Seconds that each step may take once the log reports a dead daemon, which does not answer its client."""
        return 1.0 if self.patience <= _USUAL_PATIENCE else 8.0


def choose(draft: Draft) -> Canary:
    """The canary of this configuration; adds a delta with the reason if a part is left out."""
    if not is_reachable(draft):
        return _no_canary(draft, "no client from outside reaches port 25")
    found = own_domains(draft)
    reason = _canary_obstacle(draft, found)
    if reason:
        draft.add_delta("canary", "the stranger's relay attempt alone", reason)
        return Canary(patience=_patience(draft), tls=_wants_tls(draft))
    login = first_login(draft) if _wants_login(draft) else None
    return Canary(
        recipient=_recipient(draft, found[0]),
        patience=_patience(draft),
        tls=_wants_tls(draft) or (login is not None and _hides_login(draft)),
        login=login,
        visits=2 if has_deep_tests(draft) else 1,
        greylisted=any(collaborator.greylists(draft) for collaborator in COLLABORATORS),
    )


def has_deep_tests(draft: Draft) -> bool:
    """Whether postscreen's after-220 tests are on (a new client is deferred once)."""
    screens = [service for service in draft.services if service.command == "postscreen"]
    own = {option.name: option.value for service in screens for option in service.options}
    return bool(screens) and any(own.get(name, draft.value(name)) == "yes" for name in _DEEP)


def wants_starttls(draft: Draft, service: Service) -> bool:
    """Whether a listener takes mail only after STARTTLS: by its security level, or by reject_plaintext_session."""
    if draft.own_value(service, "smtpd_tls_wrappermode") == "yes":
        return False
    level = draft.own_value(service, "smtpd_tls_security_level")
    refuses = any(_PLAINTEXT in draft.own_value(service, name) for name in (*LISTS, *_classes(draft)))
    return level == "encrypt" or (level == "may" and refuses)


def _classes(draft: Draft) -> list[str]:
    return re.split(r"[\s,]+", draft.value(CLASSES).strip())


def _wants_tls(draft: Draft) -> bool:
    public = [s for s in draft.services if s.kind == "inet" and s.port in ("25", "smtp") and s.command in _GREETS]
    return any(wants_starttls(draft, service) for service in public)


def _wants_login(draft: Draft) -> bool:
    """Whether a service for clients from outside takes mail from users alone: `permit_sasl_authenticated, reject`."""
    return any(_is_for_users(draft, service) for service in _public_smtpds(draft))


def _hides_login(draft: Draft) -> bool:
    return any(
        draft.own_value(service, "smtpd_tls_auth_only") == "yes"
        and draft.own_value(service, "smtpd_tls_security_level") in ("may", "encrypt")
        for service in _public_smtpds(draft)
    )


def _public_smtpds(draft: Draft) -> list[Service]:
    """Return the smtpds at port 25, or behind postscreen."""
    return [s for s in draft.services if s.command == "smtpd" and (s.kind == "pass" or s.port in ("25", "smtp"))]


def _is_for_users(draft: Draft, service: Service) -> bool:
    if draft.own_value(service, "smtpd_sasl_auth_enable") != "yes":
        return False
    words = [re.split(r"[\s,]+", draft.own_value(service, name).strip()) for name in LISTS]
    return any(_refuses_others(each) for each in words)


def _refuses_others(words: list[str]) -> bool:
    """Whether a list permits users and refuses all others that come so far."""
    if _PERMIT_USERS not in words:
        return False
    behind = words[words.index(_PERMIT_USERS) :]
    ends = (n for n, word in enumerate(behind) if word in _REFUSE_ALL and behind[n - 1] != "warn_if_reject")
    end = next(ends, None)
    return end is not None and "permit" not in behind[:end]


def _patience(draft: Draft) -> float:
    """Seconds for each step: longer with postscreen, which greets after 6 s or more (postscreen_greet_wait)."""
    return 30.0 if any(service.command == "postscreen" for service in draft.services) else _USUAL_PATIENCE


def _no_canary(draft: Draft, reason: str) -> Canary:
    draft.add_delta("canary", "off", reason)
    return Canary(relay=False)


def _canary_obstacle(draft: Draft, found: tuple[str, ...]) -> str:
    if not found:
        return "the configuration takes mail for no domain that its files name"
    if objection := next((reason for collaborator in COLLABORATORS if (reason := collaborator.objection(draft))), ""):
        return objection
    if lacking := next((delta.what for delta in draft.deltas if delta.value == MISSING), ""):
        return f"a good client may be refused, since the configuration lacks {lacking}"
    if _wants_login(draft) and first_login(draft) is None:
        return "a good client has to log in, and sasl.passwd has no password in the clear"
    return ""


def _recipient(draft: Draft, domain: str) -> str:
    """A valid recipient: one from the admin's table, else postmaster."""
    classes = {
        "virtual_mailbox_domains": "virtual_mailbox_maps",
        "virtual_alias_domains": "virtual_alias_maps",
        "relay_domains": "relay_recipient_maps",
    }
    for name, maps in classes.items():
        if domain in domains(draft, name):
            for path in _TABLE.findall(draft.value(maps)):
                lines = split_lines(draft.files[path].text) if path in draft.files else []
                keys = [line.split()[0] for line in lines if line.split()]
                mine = [key for key in keys if key.lower().endswith(f"@{domain}") and key[0] not in "@#/"]
                if mine:
                    return mine[0]
    return f"postmaster@{domain or own_domain(draft)}"
