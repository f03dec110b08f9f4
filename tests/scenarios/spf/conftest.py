"""The two senders of the SPF scenarios: the one whom spf.example permits, and one whom it does not."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, MailHost, MakeRemote, Remote, zone_file
from postfix_lab.paths import ZONES


@pytest.fixture
def spf_zone(dns: Dns) -> None:
    """The zone `spf.example`: one subdomain for each thing that an SPF record can say."""
    dns.zone(zone_file(ZONES / "spf.zone"))


@pytest.fixture
def permitted(spf_zone: None, remote: MakeRemote) -> Remote:
    """The host that the records of spf.example permit, over IPv4 and IPv6."""
    return remote("203.0.113.30", "2001:db8:113::30", name="mail.spf.example")


@pytest.fixture
def stranger(spf_zone: None, remote: MakeRemote) -> Remote:
    """A host with a good PTR and no SPF record of its own that no record of spf.example permits."""
    return remote("203.0.113.99", "2001:db8:113::99", name="mail.stranger.example")


@pytest.fixture
def receiver(mail_host: MailHost) -> str:
    """What policyd-spf names as `receiver`: 2.9 (bullseye) hides it, 3.x names the recipient's domain."""
    return "<UNKNOWN>" if mail_host.debian == 11 else "lab.test"
