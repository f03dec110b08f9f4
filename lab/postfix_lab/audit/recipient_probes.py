"""Recipients that do not exist, one in each class of domains (ADDRESS_CLASS_README)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from postfix_lab.audit.trial import Aim, Trial, open_session
from postfix_lab.fit.canary_choice import wants_starttls
from postfix_lab.fit.draft import Draft
from postfix_lab.fit.own_domains import domains
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import mail

NOBODY = "no-such-user-7c1e"
MAPS: Mapping[str, str] = {
    "mydestination": "local_recipient_maps",
    "virtual_mailbox_domains": "virtual_mailbox_maps",
    "relay_domains": "relay_recipient_maps",
}
"""Classes in which a recipient may be unknown, with the tables of their recipients."""
_DOMAIN = re.compile(r"(?!localhost)[a-z0-9_](?:[\w-]*\.)+[a-z0-9-]+")


def trials(draft: Draft, service: Service, sender: str) -> Iterator[Trial]:
    """Yield a trial for the first domain of each class, at that listener."""
    for number, name in enumerate(MAPS):
        domain = next((found for found in domains(draft, name) if _DOMAIN.fullmatch(found)), "")
        if domain:
            host = Host(f"198.51.95.{10 + number}", name=f"asks-{number}.canary.example")
            dialogue = mail(
                helo=host.greeting, sender=sender, to=f"{NOBODY}@{domain}", tls=wants_starttls(draft, service)
            )
            session = open_session(draft, service, host, host.addresses[0], dialogue.until("RCPT"))
            yield Trial(Aim.UNKNOWN, service, session, sender, f"{name} {domain}")
