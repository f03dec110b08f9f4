"""The seed article's scenarios with expectation or world turned upside down: each has to go red and say why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postfix_lab import (  # fmt: skip
    REFUSE,
    Auth,
    Dns,
    MakeRemote,
    Ptr,
    Scene,
    accepted,
    asked,
    asked_in_order,
    asked_nothing,
    bounced,
    connected_as,
    delivered,
    logged,
    not_delivered,
    not_logged,
    peer_received,
    received_spf,
    refused,
    replied,
    warned,
    zone_file,
)
from postfix_lab.paths import ZONES

Told = Callable[..., str]
GOOD = zone_file(ZONES / "good.example.zone")
ACCIDENT = zone_file(ZONES / "seed-broken-mx.zone")
CLIENT = "203.0.113.10"
STRICT = {"smtpd_relay_restrictions": "permit_mynetworks, reject_unknown_client_hostname, reject_unauth_destination"}


def test_no_ptr_in_a_world_where_there_is_one(remote: MakeRemote, red: Told) -> None:
    """Whoever expects 450 for want of a PTR is told that the mail was accepted, and by which question."""
    seen = remote(CLIENT, name="mail.good.example").send()
    story = red(seen, refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname"), not_delivered())
    assert "  want     RCPT refused with 450 4.7.1 " in story
    assert "  got      RCPT accepted with 250 2.1.5" in story
    assert "  also     want nothing reached the sink; got 1 message reached the sink" in story
    assert "10.113.0.203.in-addr.arpa PTR -> mail.good.example" in story


def test_a_good_ptr_in_a_world_where_it_is_missing(remote: MakeRemote, red: Told) -> None:
    """Whoever expects a good client to be accepted is told the reply, the question and the log line."""
    seen = remote(CLIENT, name="mail.good.example", ptr=Ptr.missing()).send()
    story = red(seen, accepted(), connected_as("mail.good.example"))
    assert "  got      MESSAGE was not reached; RCPT refused with 450 4.7.1" in story
    assert "10.113.0.203.in-addr.arpa PTR -> NXDOMAIN" in story
    assert f"NOQUEUE: reject: RCPT from unknown[{CLIENT}]:" in story


@pytest.mark.parametrize("code, enhanced", [(450, "4.7.25"), (550, "4.7.1"), (451, "4.7.1"), ("5xx", None)])
def test_a_wrong_code(remote: MakeRemote, red: Told, code: int | str, enhanced: str | None) -> None:
    """The code and the enhanced code have to be right, each of them."""
    seen = remote(CLIENT, ptr=Ptr.missing()).send()
    story = red(seen, refused("RCPT", code, enhanced))
    assert "  got      RCPT refused with 450 4.7.1" in story
    assert "<** here" in next(line for line in story.splitlines() if "-> RCPT TO:" in line)


def test_a_wrong_reply_text(remote: MakeRemote, red: Told) -> None:
    """The same code for another reason is not the same."""
    seen = remote(CLIENT, ptr=Ptr.missing()).send()
    assert "cannot find your reverse hostname" in red(seen, refused("RCPT", 450, "4.7.1", "Greylisted"))


def test_a_missing_log_line(remote: MakeRemote, red: Told) -> None:
    """The nearest line is shown where the wanted one is missing."""
    seen = remote(CLIENT, ptr=Ptr.missing(), helo="win2012r2RDP").send()
    story = red(seen, logged("Reject", stage="RCPT", code=450, helo="somebody.else"))
    assert "  got      the nearest line is: NOQUEUE: reject: RCPT from unknown" in story
    assert "the nearest line is" not in red(seen, warned("does not resolve to address"))


def test_a_log_line_that_must_not_be(remote: MakeRemote, red: Told) -> None:
    """What is logged cannot be declared absent."""
    seen = remote(CLIENT, ptr=Ptr.missing()).send()
    assert "  got      logged NOQUEUE: reject: RCPT" in red(seen, not_logged("Reject"))


def test_a_liar_in_a_world_where_he_tells_the_truth(remote: MakeRemote, red: Told) -> None:
    """Where the name is confirmed there is no warning to be found."""
    seen = remote(CLIENT, ptr=Ptr.to("gmail.com")).send()
    story = red(seen, warned("hostname gmail.com does not resolve to address"), accepted())
    assert "  got      no warning was logged" in story


def test_a_warning_that_nobody_expected(remote: MakeRemote, red: Told) -> None:
    """The liar is accepted by the soft rule, but a scenario that does not name the warning is red."""
    seen = remote(CLIENT, ptr=Ptr.mismatch("gmail.com")).send()
    story = red(seen, accepted(), connected_as("unknown"))
    assert "  want     no warning, error, fatal or panic line that no check expects" in story
    assert f"  got      warning: hostname gmail.com does not resolve to address {CLIENT}" in story


def test_the_strict_rule_on_a_host_with_the_soft_one(remote: MakeRemote, red: Told) -> None:
    """The story of STYLE.md: the configuration is not the one that refuses a liar."""
    seen = remote(CLIENT, ptr=Ptr.mismatch("gmail.com")).send()
    story = red(seen, refused("RCPT", 450, "4.7.25", "cannot find your hostname"), warned("does not resolve"))
    assert "  got      RCPT accepted with 250 2.1.5" in story
    assert "gmail.com A -> 198.51.100.1" in story


@pytest.mark.mail_host(main=STRICT)
def test_the_soft_rule_on_a_host_with_the_strict_one(remote: MakeRemote, red: Told) -> None:
    """And the other way round; the story names what the scenario changed in the configuration."""
    seen = remote(CLIENT, ptr=Ptr.mismatch("gmail.com")).send()
    story = red(seen, accepted(), warned("does not resolve"))
    assert "RCPT refused with 450 4.7.25" in story
    assert "main.cf smtpd_relay_restrictions = permit_mynetworks, reject_unknown_client_hostname" in story


@pytest.mark.mail_host(chroot="empty", debian=12)
def test_a_well_set_up_client_and_an_empty_chroot(remote: MakeRemote, red: Told) -> None:
    """The refusal comes about for the wrong reason, and the missing question gives it away."""
    seen = remote(CLIENT, ptr=Ptr.missing()).send()
    story = red(
        seen, refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname"), asked(CLIENT, "PTR", "NXDOMAIN")
    )
    assert "  want     asked 10.113.0.203.in-addr.arpa PTR -> NXDOMAIN" in story
    assert "  got      never asked; no DNS question" in story
    assert "chroot empty" in story


def test_an_empty_chroot_on_a_host_that_has_a_full_one(remote: MakeRemote, red: Told) -> None:
    """A host that asks cannot be taken for one that does not."""
    seen = remote(CLIENT, ptr=Ptr.missing()).send()
    assert "  got      asked 10.113.0.203.in-addr.arpa PTR -> NXDOMAIN" in red(seen, asked_nothing())


def test_a_relay_attempt_that_is_none(remote: MakeRemote, red: Told) -> None:
    """Mail to the own domain is not denied as a relay attempt would be."""
    seen = remote(CLIENT).send(to="bob@lab.test")
    assert "RCPT accepted with 250" in red(seen, refused("RCPT", 554, "5.7.1", "Relay access denied"))


def test_mail_to_strangers_is_not_accepted(remote: MakeRemote, red: Told) -> None:
    """Whoever takes the host for an open relay is wrong."""
    seen = remote(CLIENT).send(to="victim@far.example")
    assert "RCPT refused with 554 5.7.1" in red(seen, accepted("RCPT"))


def test_a_password_that_is_wrong(remote: MakeRemote, red: Told) -> None:
    """Submission does not let everybody in."""
    auth = Auth("ann@lab.test", "battery staple")
    seen = remote(CLIENT).send(port=587, tls=True, auth=auth, to="carol@far.example")
    assert "AUTH refused with 535 5.7.8" in red(seen, accepted("AUTH"), logged("SaslFailure"))


def test_the_accident_with_the_mx_mended(dns: Dns, remote: MakeRemote, red: Told) -> None:
    """With the right MX the author's mail is not refused."""
    dns.zone(ACCIDENT)
    seen = remote("203.0.113.20", name="mail.author.example").send(sender="mail@mended.author.example")
    assert "RCPT accepted with 250" in red(seen, refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"))


def test_the_right_record_with_the_accident_in_it(dns: Dns, remote: MakeRemote, red: Told) -> None:
    """With the wrong MX nothing passes, and the story has the question that decided it."""
    dns.zone(ACCIDENT)
    seen = remote("203.0.113.20", name="mail.author.example").send(sender="mail@author.example")
    story = red(seen, accepted(), received_spf("pass"))
    assert "RCPT refused with 550 5.7.23" in story
    assert "author.example MX -> 10 mx.author.example" in story


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_ip": "203.0.113.11"},
        {"identity": "helo"},
        {"envelope_from": "eve@good.example"},
        {"helo": "else.example"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_field_of_received_spf(dns: Dns, remote: MakeRemote, red: Told, wrong: dict[str, str]) -> None:
    """Every field that a scenario names has to be right."""
    dns.zone(GOOD)
    seen = remote(CLIENT, name="mail.good.example").send(sender="ann@good.example")
    story = red(seen, accepted(), received_spf("pass", **wrong))
    assert "  got      Received-SPF: Pass " in story


def test_a_wrong_spf_result(dns: Dns, remote: MakeRemote, red: Told) -> None:
    """A domain without a record gets *none*, which is no pass."""
    seen = remote(CLIENT, name="mail.good.example").send(sender="ann@good.example")
    assert "  got      Received-SPF: None" in red(seen, accepted(), received_spf("pass"))


def test_spf_before_ptr(dns: Dns, remote: MakeRemote, red: Told) -> None:
    """The PTR rule stands first, so a client without one never reaches SPF."""
    dns.zone(GOOD)
    seen = remote(CLIENT, ptr=Ptr.missing()).send(sender="ann@good.example")
    story = red(seen, asked_in_order((CLIENT, "PTR"), ("good.example", "TXT")))
    assert "  got      no good.example TXT at its place in: asked 10.113.0.203.in-addr.arpa PTR" in story
    assert "never asked; asked 10.113.0.203" in red(seen, asked("good.example", "MX"))


def test_a_bounce_that_does_not_arrive(lab: Scene, dns: Dns, remote: MakeRemote, red: Told) -> None:
    """Where nobody answers for the sender's domain its bounce stays in the queue."""
    dns.zone("@ MX 10 mx\nmx A 203.0.113.61", origin="far.example")
    dns.zone("@ MX 10 mail\nmail A 203.0.113.62", origin="home.example")
    remote("203.0.113.61", name="mx.far.example", mta=REFUSE)
    auth = Auth("ann@lab.test", "correct horse")
    seen = remote(CLIENT).send(port=587, tls=True, auth=auth, sender="ann@home.example", to="bob@far.example")
    story = red(seen, accepted(), bounced(to="bob@far.example"), peer_received("203.0.113.62", sender=""))
    assert "  got      203.0.113.62 got no message" in story
    assert "to=<ann@home.example>, relay=none" in story


def test_a_stage_that_was_never_reached(remote: MakeRemote, red: Told) -> None:
    """What was not said has no reply."""
    seen = remote(CLIENT).send(until="HELO")
    assert "MAIL was not reached" in red(seen, replied("MAIL", 250))


def test_mail_that_nobody_sent_is_not_delivered(remote: MakeRemote, red: Told) -> None:
    """The sink is empty where the client quits before DATA."""
    seen = remote(CLIENT).send(until="RCPT")
    assert "  got      nothing reached the sink; RCPT accepted with 250" in red(seen, delivered())
