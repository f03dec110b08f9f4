"""What the lab adds to the DNS for names that nobody gave."""

from __future__ import annotations

import pytest

from postfix_lab.dns.namespace import added_records
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.own_zones import own_zones, sender_zones
from postfix_lab.runtime.setup import Setup
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import Burst, Command, Dialogue, Raw, mail

ADDRESSES = ("192.0.2.25", "2001:db8:2::25")
CLIENT = Host("203.0.113.9", "mail.far.example")


def records(**keywords: str) -> set[str]:
    """The records that are added for the seed with these parameters of main.cf."""
    return set(added_records(own_zones(Setup(CONFIGURATIONS / "seed", main=keywords), ADDRESSES)))


def test_own_domain_and_host() -> None:
    """The host's own domain has MX and SPF; the host has addresses and their reverse."""
    assert records() == {
        "lab.test. MX 10 mx.lab.test.",
        'lab.test. TXT "v=spf1 mx -all"',
        "mx.lab.test. A 192.0.2.25",
        "mx.lab.test. AAAA 2001:db8:2::25",
        "25.2.0.192.in-addr.arpa. PTR mx.lab.test.",
        f"5.2.{'0.' * 18}2.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR mx.lab.test.",
    }


def test_domain_of_others_has_no_spf_record() -> None:
    """Whom a partner permits to send is not the lab's to say; a domain of both lists is the host's own."""
    added = records(relay_domains="partner.example, own.example", virtual_mailbox_domains="own.example")
    assert "partner.example. MX 10 mx.lab.test." in added
    assert {record for record in added if record.startswith("partner") and "TXT" in record} == set()
    assert 'own.example. TXT "v=spf1 mx -all"' in added


def test_next_hop_is_not_the_mail_host() -> None:
    """Where mail for a domain goes to the MX hosts of a relayhost, these are others; an address in brackets has none."""
    added = records(relay_domains="partner.example", relayhost="partner.example:587")
    assert {record for record in added if "partner.example" in record} == {
        "partner.example. MX 10 relayhost.partner.example.",
        "relayhost.partner.example. A 198.51.100.26",
    }
    assert "partner.example. MX 10 mx.lab.test." in records(relay_domains="partner.example", relayhost="[partner.example]")


def test_nothing_is_added_without_lab_records() -> None:
    """The word switches all of it off."""
    assert own_zones(Setup(CONFIGURATIONS / "seed", lab_records=False), ADDRESSES) == ()


@pytest.mark.parametrize(
    "dialogue, added",
    [
        (mail(helo="x", to="bob@lab.test"), True),
        (mail(helo="x", sender="Ann@GOOD.example", to="bob@lab.test"), True),
        (Dialogue((Burst((Command("EHLO x"), Command("MAIL FROM:<ann@good.example>", "MAIL"))),)), True),
        (Dialogue((Raw("MAIL FROM:<ann@good.example>\r\n"),)), True),
        (mail(helo="x", sender="ann@other.example", to="bob@lab.test"), False),
        (mail(helo="x", sender="", to="bob@lab.test"), False),
    ],
)
def test_domain_of_the_default_sender(dialogue: Dialogue, added: bool) -> None:
    """It exists in each scenario that uses it, and in no other."""
    zones = sender_zones(Scenario("x", (Session(CLIENT, dialogue),)))
    wanted = ("good.example. MX 10 mail.good.example.", "mail.good.example. A 203.0.113.10")
    assert added_records(zones) == (wanted if added else ())
