"""What the client is told and what is logged has no port that the configuration did not ask for, and all is tied still."""

from __future__ import annotations

import re

import pytest

from postfix_lab import (
    Dns,
    Evidence,
    MailHost,
    MakeRemote,
    Ptr,
    Remote,
    Scene,
    accepted,
    crowd,
    delivered,
    logged,
    refused,
)
from postfix_lab.postfix.log import Connect, Disconnect, Postscreen, Reject
from postfix_lab.scenario.scenario import Session

BAD, DENIED = "203.0.113.66", "Client host rejected: Access denied"
DENY = {"smtpd_client_restrictions": f"check_client_access inline:{{{BAD}=REJECT}}"}
NO_POLICY = {"smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination"}
LISTED = {
    "smtpd_client_restrictions": "reject_rbl_client bl.example",
    "rbl_reply_maps": "inline:{{bl.example=$$rbl_code 5.7.1 $$client is listed in $$rbl_domain}}",
}
PORTS = {"smtpd_client_port_logging": "yes"}
VICTIM = "victim@far.example"
WITH_PORT = re.compile(r"\]:\d+")


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param("CONNECT", marks=pytest.mark.mail_host(main={**DENY, "smtpd_delay_reject": "no"})),
        pytest.param("RCPT", marks=pytest.mark.mail_host(main=DENY)),
    ],
)
def test_a_refusal_names_the_client_without_a_port(lab: Scene, remote: MakeRemote, stage: str) -> None:
    """In the reply, in the reject line, and in the lines that begin and end the session."""
    seen = remote(BAD, name="bad.example").send()
    lab.check(
        seen,
        refused(stage, 554, "5.7.1", f"^<bad.example\\[{BAD}\\]>: {DENIED}$"),  # type: ignore[arg-type]  # parametrized
        logged("Reject", text=f"<bad.example[{BAD}]>: {DENIED}"),
    )
    assert [line.text for line in seen.log if WITH_PORT.search(line.text)] == []


@pytest.mark.mail_host(main=LISTED)
def test_the_clients_name_in_a_reply_of_ones_own_has_no_port(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """`$client` of rbl_reply_maps is what smtpd logs of the client."""
    dns.zone("9.113.0.203.bl A 127.0.0.2", origin="example")
    seen = remote("203.0.113.9", name="bot.dialup.test").send()
    lab.check(seen, refused("RCPT", 554, "5.7.1", r"^bot.dialup.test\[203.0.113.9\] is listed in bl.example$"))


@pytest.mark.mail_host(main={**DENY, **PORTS})
def test_a_configuration_that_asks_for_ports_has_them(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """In the reply and in the log, and two sessions at once are tied by them."""
    bad = remote(BAD, name="bad.example")
    seen = lab.run(mail_host, bad.session(), bad.session())
    told = [f"<bad.example[{BAD}]:{session.port}>: {DENIED}" for session in seen.sessions]
    lab.check(seen, *(refused("RCPT", 554, "5.7.1", re.escape(text), session=n) for n, text in enumerate(told)))
    for number, session in enumerate(seen.sessions):
        assert {event.client.port for event in _events(seen, number, Connect)} == {session.port}
    assert "smtpd_client_port_logging" not in {delta.what for delta in mail_host.facts().deltas}


@pytest.mark.parametrize("count", [2, 30])
@pytest.mark.mail_host(main=NO_POLICY)
def test_sessions_of_one_address_have_their_own_lines(
    lab: Scene, mail_host: MailHost, remote: MakeRemote, count: int
) -> None:
    """All are open at the same time, and every other one is refused."""
    seen = lab.run(mail_host, *_mixed(remote("203.0.113.9", name="mail.good.example"), count))
    _check_mixed(lab, seen, count)
    assert max(s.exchanges[0].at for s in seen.sessions) < min(s.exchanges[1].at for s in seen.sessions)


@pytest.mark.mail_host(config="strict", canary=False, main={**NO_POLICY, "postscreen_dnsbl_sites": ""})
def test_sessions_of_one_address_through_postscreen(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """They pass it at the same moment, and each session's log begins with postscreen's line of its own port."""
    seen = lab.run(mail_host, *_mixed(remote("203.0.113.9", name="mail.good.example"), 6))
    _check_mixed(lab, seen, 6)
    for number, session in enumerate(seen.sessions):
        assert {event.client.port for event in _events(seen, number, Postscreen)} == {session.port}


@pytest.mark.mail_host(main=NO_POLICY)
def test_sessions_that_all_wait_for_their_name_have_their_own_lines(
    lab: Scene, mail_host: MailHost, remote: MakeRemote
) -> None:
    """A reverse zone that does not answer takes seconds; then all are let in, and are told apart by what was said."""
    seen = lab.run(mail_host, *_mixed(remote("203.0.113.57", ptr=Ptr.timeout()), 12))
    _check_mixed(lab, seen, 12)
    assert max(s.finished for s in seen.sessions) - min(s.started for s in seen.sessions) < 12


@pytest.mark.mail_host(main={**NO_POLICY, "default_process_limit": "4", "smtpd_timeout": "20s"})
def test_more_sessions_than_processes(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """Those that are over make room for the others, and each has its own lines."""
    client = remote("203.0.113.9", name="mail.good.example")
    sessions = [client.session(sender=f"s{n}@lab.test", to=("bob@lab.test", VICTIM)[n % 2]) for n in range(12)]
    # master(8) warns of the limit, or a session is over before it is reached.
    _check_mixed(lab, lab.run(mail_host, *sessions), 12, without=("quiet-log",))


def _mixed(client: Remote, count: int) -> list[Session]:
    """Sessions that are open at the same time, each with a sender of its own; every other one is refused."""
    made = [client.session(sender=f"s{n}@lab.test", to=("bob@lab.test", VICTIM)[n % 2]) for n in range(count)]
    return [crowd(session, 1)[0] for session in made]


def _check_mixed(lab: Scene, seen: Evidence, count: int, without: tuple[str, ...] = ()) -> None:
    """Each session has its first and its last line once, and no sender but its own."""
    lab.check(
        seen,
        *(accepted(session=n) for n in range(0, count, 2)),
        *(refused("RCPT", 554, "5.7.1", "Relay access denied", session=n) for n in range(1, count, 2)),
        delivered(times=(count + 1) // 2),
        without=without,
    )
    for number in range(count):
        texts = [line.text for line in seen.log_of(number)]
        assert {name for text in texts for name in re.findall(r"from=<([^>]+)>", text)} == {f"s{number}@lab.test"}
        kinds = [len(_events(seen, number, kind)) for kind in (Connect, Reject, Disconnect)]
        assert kinds == [1, number % 2, 1], texts
        ids = {line.queue_id for line in seen.log_of(number) if line.queue_id}
        assert ids == set(seen.sessions[number].queue_ids)


def _events(seen: Evidence, number: int, kind: type) -> list:
    return [line.event for line in seen.log_of(number) if isinstance(line.event, kind)]
