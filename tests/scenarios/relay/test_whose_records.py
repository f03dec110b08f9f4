"""What the DNS says about domains that the host relays for: what the scenario gives, and nothing that nobody published."""

from __future__ import annotations

import pytest

from postfix_lab import ACCEPT, Dns, MakeRemote, Scene, accepted, asked, peer_received, refused, spf_result

PARTNER = "@ MX 10 mx\nmx A 203.0.113.10\nout A 203.0.113.20"
UNKNOWN = {"relay_domains": "gone.example", "smtpd_recipient_restrictions": "reject_unknown_recipient_domain"}


@pytest.mark.mail_host(main={"relay_domains": "partner.example"})
def test_partner_without_spf_record(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """A relay domain whose zone has no TXT record: SPF none, not fail."""
    dns.zone(PARTNER, origin="partner.example")
    seen = remote("203.0.113.20", name="out.partner.example").send(sender="ann@partner.example")
    lab.check(seen, accepted(), asked("partner.example", "TXT", "NODATA"), spf_result("none"))


@pytest.mark.mail_host(main={"relay_domains": "partner.example"})
def test_partner_of_whom_only_a_host_is_known(lab: Scene, remote: MakeRemote) -> None:
    """No zone, but a host of the partner: it has no SPF record either."""
    seen = remote("203.0.113.20", name="out.partner.example").send(sender="ann@partner.example")
    lab.check(seen, accepted(), spf_result("none"))


@pytest.mark.mail_host(main=UNKNOWN)
def test_relay_domain_that_does_not_exist(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """The zone above it has no such name, so reject_unknown_recipient_domain refuses for the time being."""
    dns.zone("@ A 192.0.2.200", origin="example")
    seen = remote("203.0.113.10", name="mail.good.test").send(sender="ann@good.test", to="x@gone.example", until="RCPT")
    lab.check(seen, asked("gone.example", "MX", "NXDOMAIN"), refused("RCPT", 450, "4.1.2"))


@pytest.mark.mail_host(main=UNKNOWN, lab_records=False)
def test_nothing_of_the_labs_own(lab: Scene, remote: MakeRemote) -> None:
    """With the lab's records switched off nobody gave the domain, and its own domain has no MX either."""
    seen = remote("203.0.113.10", name="mail.good.example").send(to="x@gone.example", until="RCPT")
    lab.check(seen, asked("gone.example", "MX", "NXDOMAIN"), refused("RCPT", 450, "4.1.2"))
    assert seen.lab_records == ()


@pytest.mark.parametrize("zone", [True, False], ids=["zone", "host"])
@pytest.mark.mail_host(main={"relay_domains": "host.example"})
def test_implicit_mx(lab: Scene, dns: Dns, remote: MakeRemote, zone: bool) -> None:
    """A domain with an address and no MX record gets its mail at that address (RFC 5321 section 5.1)."""
    if zone:
        dns.zone("host A 203.0.113.60", origin="example")
    remote("203.0.113.60", name="host.example", mta=ACCEPT)
    seen = remote("203.0.113.10", name="mail.good.test").send(sender="ann@good.test", to="x@host.example")
    lab.check(seen, accepted(), peer_received("203.0.113.60", to="x@host.example"))


@pytest.mark.mail_host(main={"smtpd_sender_restrictions": "reject_unknown_sender_domain"})
def test_default_sender_has_a_domain(lab: Scene, remote: MakeRemote) -> None:
    """The sender that nobody named exists; the evidence says whose records these are."""
    seen = remote("203.0.113.11", name="mail.far.example").send()
    lab.check(seen, accepted(), asked("good.example", "MX", answers="10 mail.good.example"))
    assert "good.example. MX 10 mail.good.example." in seen.lab_records
    assert 'lab.test. TXT "v=spf1 mx -all"' in seen.lab_records
