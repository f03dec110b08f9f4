"""The guards against real sessions: each speaks up when the lab could not see, or saw what nobody wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from postfix_lab import (  # fmt: skip
    Answer,
    Behaviour,
    Command,
    Dns,
    Evidence,
    InputError,
    LabError,
    MakeRemote,
    Ptr,
    Scene,
    Setup,
    accepted,
    connected_as,
    delivered,
    judge,
    refused,
)
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.verdict.guards import GUARDS
from postfix_lab.verdict.judge import Status

pytestmark = pytest.mark.mail_host(debian=12)
Told = Callable[..., str]
CLIENT = "203.0.113.10"
SEED = CONFIGURATIONS / "seed"
NO_POLICY = "permit_mynetworks, reject_unauth_destination, check_policy_service unix:private/nobody"
GREYLIST = "reject_unauth_destination, check_policy_service inet:127.0.0.1:10023"


@pytest.fixture
def seen(lab: Scene, remote: MakeRemote) -> Evidence:
    """A mail that was accepted and arrived, and offends no guard."""
    seen = remote(CLIENT, name="mail.good.example").send()
    lab.check(seen, accepted(), delivered())
    return seen


def test_a_fault_that_nobody_met(dns: Dns, remote: MakeRemote, blind: Told) -> None:
    """A declared fault that was never asked for proves nothing, so the verdict is unknown."""
    dns.fault("mail.good.example", "SERVFAIL", "AAAA")
    story = blind(remote(CLIENT, name="mail.good.example").send(), accepted(), delivered())
    assert story.startswith("UNKNOWN  ")
    assert "  got      nobody asked for mail.good.example AAAA (SERVFAIL)" in story


def test_an_answer_that_nobody_called_for(remote: MakeRemote, blind: Told) -> None:
    """A remote MTA that was to misbehave and was never spoken to proves nothing either."""
    remote("203.0.113.61", name="mx.far.example", mta=Behaviour(answers=Answer("RCPT", "DROP", nth=2)))
    story = blind(remote(CLIENT, name="mail.good.example").send(), accepted(), delivered())
    assert "  got      mx.far.example never came to say RCPT: DROP, time 2" in story


def test_a_host_whose_reverse_lookup_nobody_made(remote: MakeRemote, blind: Told) -> None:
    """A fault in the declaration of a host that never spoke is a fault all the same."""
    remote("203.0.113.77", ptr=Ptr.servfail())
    story = blind(remote(CLIENT).send(), accepted())
    assert "nobody asked for 77.113.0.203.in-addr.arpa PTR (SERVFAIL)" in story


@pytest.mark.mail_host(main={"smtpd_authorized_xclient_hosts": CLIENT})
def test_a_client_whose_address_is_a_lie(lab: Scene, remote: MakeRemote, blind: Told) -> None:
    """XCLIENT makes Postfix log another address than the one that spoke, and the lab does not believe it."""
    lie = Command("XCLIENT ADDR=198.51.100.66 PORT=4711 NAME=mail.else.example")
    host = remote(CLIENT, name="mail.good.example")
    said = host.dialogue()
    story = blind(host.send(dialogue=replace(said, steps=(said.steps[0], lie, *said.steps))), accepted())
    assert f"  got      no `disconnect from` line of {CLIENT} port " in story
    assert "198.51.100.66" in story


def test_a_log_that_names_another_client(seen: Evidence) -> None:
    """Behind NAT the log would name the gateway."""
    elsewhere = replace(seen.sessions[0], client="203.0.113.11")
    assert _spoken(replace(seen, sessions=(elsewhere,))) == {"client-address": "unknown", "log-complete": "unknown"}


@pytest.mark.mail_host(main={"smtpd_client_port_logging": "yes"})
def test_a_log_of_another_session_of_the_same_client(seen: Evidence) -> None:
    """The address is right and the port, which this configuration logs, is not: it is another session's log."""
    another = replace(seen.sessions[0], port=seen.sessions[0].port - 1)
    assert _spoken(replace(seen, sessions=(another,))) == {"client-address": "unknown", "log-complete": "unknown"}


def test_a_log_that_did_not_arrive(seen: Evidence) -> None:
    """No line and half of the lines are both unknown, never green."""
    half = tuple(line for line in seen.log if "disconnect from" not in line.text)
    assert _spoken(replace(seen, log=half)) == {"log-complete": "unknown"}
    assert judge(replace(seen, log=()), [accepted()]).status is Status.UNKNOWN


def test_trouble_outranks_everything(seen: Evidence) -> None:
    """What the lab could not see makes a green and a red check worth nothing."""
    troubled = replace(seen, trouble=("the loghost lost a line",))
    for check in (accepted(), refused("RCPT", 450)):
        assert judge(troubled, [check]).status is Status.UNKNOWN


@pytest.mark.mail_host(main={"local_transport": "discard"})
def test_mail_that_is_accepted_and_thrown_away(remote: MakeRemote, red: Told) -> None:
    """The mail host says that it was sent, and nobody has got it."""
    story = red(remote(CLIENT).send(), accepted())
    assert "  want     an accepted message arrives" in story
    assert "reached neither the sink nor a peer" in story


@pytest.mark.mail_host(main={"local_transport": "discard"})
def test_an_empty_sink(remote: MakeRemote, red: Told) -> None:
    """Whoever expects a delivery is told of the empty sink."""
    story = red(remote(CLIENT).send(), delivered(), without=("accepted-arrives",))
    assert "  want     1 message reached the sink" in story
    assert "  got      nothing reached the sink" in story


@pytest.mark.mail_host(main={"local_transport": "lmtp:inet:[198.51.100.9]:24"})
def test_mail_that_is_accepted_and_stays_in_the_queue(remote: MakeRemote, red: Told) -> None:
    """A sink that is not there defers the mail; accepted, and yet not arrived."""
    story = red(remote(CLIENT).send(), accepted())
    assert "  want     an accepted message arrives" in story
    assert "relay=none, delay=" in story


def test_a_message_that_got_lost_behind_the_mail_host(seen: Evidence) -> None:
    """The log says sent, and the sink does not have it."""
    assert _spoken(replace(seen, messages=())) == {"accepted-arrives": "fail"}


@pytest.mark.mail_host(chroot="stale")
def test_a_question_to_a_resolver_that_is_not_ours(remote: MakeRemote, blind: Told) -> None:
    """The chroot's stale resolv.conf names another resolver, and what it said decides nothing here."""
    story = blind(remote(CLIENT).send(), connected_as("unknown"))
    assert "  want     questions go to the lab's resolvers alone" in story
    assert "198.51.100.53 was asked 10.113.0.203.in-addr.arpa PTR" in story


@pytest.mark.mail_host(main={"smtpd_relay_restrictions": GREYLIST}, policy="absent", canary=False)
def test_a_mail_host_that_is_broken_itself(remote: MakeRemote, blind: Told) -> None:
    """A policy service of another program that is absent makes Postfix answer 451 4.3.5: no decision, so unknown."""
    story = blind(remote(CLIENT).send(), refused("RCPT", "4xx"))
    assert "  want     replies that are about the mail" in story
    assert "451 4.3.5" in story


@pytest.mark.mail_host(main={"smtpd_relay_restrictions": NO_POLICY})
def test_a_configuration_that_lacks_a_service(remote: MakeRemote, red: Told) -> None:
    """A policy service that no service of master.cf makes is the configuration's own fault: red."""
    story = red(remote(CLIENT).send(), accepted())
    assert "  want     RCPT accepted" in story or "  want     MESSAGE accepted" in story
    assert "451 4.3.5" in story


@pytest.mark.parametrize(
    "main, what",
    [
        ({"mynetworks": "0.0.0.0/0 [::]/0"}, "a stranger's relay attempt was not refused"),
        ({"smtpd_client_restrictions": "reject"}, "a good client's mail was not accepted"),
    ],
    ids=["everybody-is-my-network", "nobody-gets-in"],
)
def test_the_canary(lab: Scene, main: dict[str, str], what: str) -> None:
    """A mail host that accepts all or nothing judges nothing: neither the first test of it nor the second."""
    for _ in range(2):
        with pytest.raises(LabError, match=what):
            lab.start(12, Setup(SEED, main=main))
    assert lab.start(12, Setup(SEED)).setup == Setup(SEED)


def test_a_configuration_that_postfix_does_not_take(lab: Scene, remote: MakeRemote) -> None:
    """It is an error each time, and the mail host is sound again for the next test."""
    for _ in range(2):
        with pytest.raises(LabError, match="inet_protocols"):
            lab.start(12, Setup(SEED, main={"inet_protocols": "bogus"}))
    lab.start(12, Setup(SEED))
    lab.check(remote(CLIENT).send(), accepted(), delivered())


def test_a_scenario_that_asserts_nothing(lab: Scene, remote: MakeRemote) -> None:
    """No check is an error of the scenario, whatever was seen."""
    with pytest.raises(InputError, match="asserts nothing"):
        lab.check(remote(CLIENT).send())


def test_a_guard_of_another_name(lab: Scene, remote: MakeRemote) -> None:
    """A guard that is switched off by a name that does not exist is not switched off in silence."""
    with pytest.raises(InputError, match="did you mean quiet-log"):
        lab.check(remote(CLIENT).send(), accepted(), without=["quite-log"])


def test_each_guard_can_be_switched_off(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """By its name, in one scenario."""
    dns.fault("mail.good.example", "SERVFAIL", "AAAA")
    seen = remote(CLIENT, ptr=Ptr.mismatch("gmail.com")).send()
    lab.check(seen, accepted(), without=["fault-hit", "quiet-log"])


def _spoken(seen: Evidence) -> dict[str, str]:
    findings = {name: guard(seen, [accepted()]) for name, guard in GUARDS.items()}
    return {name: str(found.status) for name, found in findings.items() if found.status is not Status.PASS}
