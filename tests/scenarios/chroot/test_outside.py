"""The seed article's test: if Postfix says unknown where an outside PTR lookup finds a name, Postfix lacks something."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Dns,
    MailHost,
    MakeRemote,
    Ptr,
    Scene,
    asked,
    asked_nothing,
    connected_as,
    not_asked,
    received_spf,
    refused,
)

CLIENT = "203.0.113.10"
UNKNOWN = (connected_as("unknown"), refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname"))


@pytest.mark.mail_host(chroot="empty", debian=(11, 12))
def test_postfix_lacks_something(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """On the mail host itself, outside of the chroot, the lookup finds the name that smtpd never asked for."""
    seen = remote(CLIENT, name="mail.good.example").send()
    lab.check(seen, asked_nothing(), *UNKNOWN)
    assert mail_host.shell(f"getent hosts {CLIENT}").split() == [CLIENT, "mail.good.example"]


@pytest.mark.mail_host(
    chroot="empty",
    debian=(11, 12),
    main={"smtpd_relay_restrictions": "reject_unauth_destination, check_policy_service unix:private/policyd-spf"},
)
def test_spf_goes_on_working(lab: Scene, remote: MakeRemote, dns: Dns) -> None:
    """The policy service is not chrooted: SPF passes for a client whose name smtpd never asked for."""
    dns.zone(f'@ TXT "v=spf1 ip4:{CLIENT} -all"\n', origin="good.example")
    seen = remote(CLIENT, name="mail.good.example").send(sender="ann@good.example")
    lab.check(seen, not_asked(CLIENT), asked("good.example", "TXT"), connected_as("unknown"), received_spf("pass"))


def test_the_client_lacks_something(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """The same words to the client where it really has no PTR: smtpd asked, and the outside lookup finds nothing either."""
    seen = remote(CLIENT, ptr=Ptr.missing()).send()
    lab.check(seen, asked(CLIENT, "PTR", "NXDOMAIN"), *UNKNOWN)
    assert mail_host.shell(f"getent hosts {CLIENT} || echo none") == "none\n"
