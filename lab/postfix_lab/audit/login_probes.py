"""A user who logs in at each listener that offers AUTH, with TLS and in the clear, and sends mail to somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from postfix_lab.audit.trial import TARGET, Aim, Trial, open_session
from postfix_lab.fit.draft import Content, Draft
from postfix_lab.postfix.files.lines import BLANKS, logical_lines
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import Auth, mail

_USER = re.compile(r"^([^\s:#]+):\{PLAIN\}(.+)$", re.MULTILINE)
_OWNERS = re.compile(r"(?:hash|btree|lmdb|texthash):(/[^\s,]+)")
CLEAR, ENCRYPTED = "in the clear", "with TLS"


class User(NamedTuple):
    """A user of Dovecot's in the lab."""

    name: str
    password: str


def find_user(files: Mapping[str, Content]) -> User | None:
    """Return the first user of a password file (`user:{PLAIN}password`) with a readable password, or None."""
    found = next((user for content in files.values() if (user := _USER.search(content.text))), None)
    return User(found[1], found[2].partition(":")[0]) if found else None


def trials(draft: Draft, services: Sequence[Service], user: User, domain: str) -> Iterator[Trial]:
    """Yield the trials for each listener that offers AUTH: with STARTTLS if it has that, and without."""
    for number, service in enumerate(service for service in services if offers_auth(draft, service)):
        sender = _sender(draft, service, user, domain)
        for index, how in enumerate(_ways(draft, service)):
            host = Host(f"198.51.96.{10 + (2 * number + index) % 240}", name=f"user-{number}-{index}.canary.example")
            auth = Auth(user.name, user.password)
            starttls = how == ENCRYPTED and not _is_wrapped(draft, service)
            dialogue = mail(helo=host.greeting, sender=sender, to=TARGET, tls=starttls, auth=auth)
            session = open_session(draft, service, host, host.addresses[0], dialogue)
            yield Trial(Aim.LOGIN, service, session, sender, how)


def offers_auth(draft: Draft, service: Service) -> bool:
    """Whether a listener offers AUTH to users without a certificate of their own."""
    asks = draft.own_value(service, "smtpd_tls_req_ccert") == "yes"
    return service.command == "smtpd" and draft.own_value(service, "smtpd_sasl_auth_enable") == "yes" and not asks


def _is_wrapped(draft: Draft, service: Service) -> bool:
    return draft.own_value(service, "smtpd_tls_wrappermode") == "yes"


def _ways(draft: Draft, service: Service) -> list[str]:
    level = draft.own_value(service, "smtpd_tls_security_level")
    if _is_wrapped(draft, service):
        return [ENCRYPTED]
    old = draft.own_value(service, "smtpd_use_tls") == "yes"
    return [ENCRYPTED, CLEAR] if level in ("may", "encrypt") or old else [CLEAR]


def _sender(draft: Draft, service: Service, user: User, domain: str) -> str:
    """Return a sender that the user may have: one of smtpd_sender_login_maps, else the user's own address."""
    for path in _OWNERS.findall(draft.own_value(service, "smtpd_sender_login_maps")):
        content = draft.files.get(path)
        for line in logical_lines(content.text) if content else ():
            key, *owners = (word.text.strip(",") for word in line.whole.words(BLANKS))
            if user.name in owners:
                return key if not key.startswith("@") else f"{user.name.partition('@')[0]}{key}"
    return user.name if "@" in user.name else f"{user.name}@{domain}"
