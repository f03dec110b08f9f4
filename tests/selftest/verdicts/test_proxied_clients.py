"""Log lines have their owners where the log names another client than the one that connected."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from postfix_lab import (
    Evidence,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    connected_as,
    delivered,
    refused,
)
from postfix_lab.postfix.log.events import Connect, Disconnect
from postfix_lab.runtime.setup import Setup
from postfix_lab.scenario.scenario import Session
from postfix_lab.smtp.dialogue import Raw
from postfix_lab.verdict.checks.check import Status
from postfix_lab.verdict.judge import judge

FILTERED = Path(__file__).parents[2] / "scenarios" / "filters" / "filtered"
pytestmark = pytest.mark.mail_host(debian=(11, 12, 13))
PROXY, NAMED, STRANGER = "203.0.113.5", "203.0.113.10", "203.0.113.66"
READS = {"smtpd_upstream_proxy_protocol": "haproxy", "smtpd_client_restrictions": "reject_unknown_reverse_client_hostname"}
SIGNATURE = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"


def text(client: str, port: int = 40000) -> str:
    """The header of version 1."""
    return f"PROXY TCP4 {client} 192.0.2.21 {port} 25\r\n"


def octets(client: str, port: int = 40000) -> str:
    """The header of version 2."""
    address = "".join(chr(int(part)) for part in client.split("."))
    return f"{SIGNATURE}{address}{address}{chr(port >> 8)}{chr(port & 255)}\0\x19"


def passed_on(proxy: Remote, header: str, to: str = "bob@lab.test") -> Session:
    """A session that the proxy passes on with that header."""
    session = proxy.session(to=to)
    return replace(session, dialogue=replace(session.dialogue, early=(Raw(header, replies=0, stage="CONNECT"),)))


@pytest.fixture
def proxy(remote: MakeRemote) -> Remote:
    """A proxy, and a client with a name behind it."""
    remote(NAMED, name="mail.good.example")
    return remote(PROXY, name="proxy.good.example")


@pytest.mark.mail_host(main=READS, canary=None)
@pytest.mark.parametrize("header", [text, octets])
def test_announced_client(lab: Scene, proxy: Remote, header: object) -> None:
    """Its lines are those of the announced client, one after another and all at once."""
    assert callable(header)
    one, other = passed_on(proxy, header(NAMED)), passed_on(proxy, header(STRANGER))
    for in_turn in (True, False):
        seen = lab.run(proxy.mail_host, one, other, one, in_turn=in_turn)
        lab.check(
            seen, accepted(), connected_as("mail.good.example"), refused("RCPT", 450, "4.7.1", session=1),
            connected_as("unknown", session=1), accepted(session=2), connected_as("mail.good.example", session=2), delivered(2),
        )  # fmt: skip
        assert [set(seen.sessions[n].queue_ids) <= {line.queue_id for line in seen.log_of(n)} for n in range(3)] == [True] * 3


@pytest.mark.mail_host(main={**READS, "smtpd_client_port_logging": "yes"}, canary=None)
def test_announced_port(lab: Scene, proxy: Remote) -> None:
    """Where ports are logged it is the announced one."""
    seen = lab.run(proxy.mail_host, passed_on(proxy, text(NAMED, 40001)), passed_on(proxy, text(NAMED, 40002)))
    lab.check(seen, accepted(), accepted(session=1))
    connects = [line.event for n in range(2) for line in seen.log_of(n) if isinstance(line.event, Connect)]
    assert [event.client.port for event in connects] == [40001, 40002]


def test_a_header_that_nobody_reads(lab: Scene, proxy: Remote) -> None:
    """An smtpd without a proxy takes it for commands, and logs the client that connected."""
    seen = lab.run(proxy.mail_host, passed_on(proxy, text(NAMED)))
    assert judge(seen, [connected_as("proxy.good.example")], ["quiet-log"]).status is Status.PASS
    lab.check(seen, connected_as("proxy.good.example"), without=["quiet-log", "accepted-arrives"])


@pytest.mark.parametrize("way", ["scan:[127.0.0.1]:10024", "feed:[127.0.0.1]:10024"])
def test_local_sessions_beside_a_filter(lab: Scene, proxy: Remote, remote: MakeRemote, way: str) -> None:
    """What the filter hands back comes from the loopback, too, and is nobody's session of the scenario."""
    host = lab.start(proxy.mail_host.debian, Setup(FILTERED, main={"content_filter": way}))
    webmail = remote("local")
    good, wrong = webmail.session(), webmail.session(to="x@nowhere.invalid", until="RCPT")
    checks = [check for n in range(0, 8, 2) for check in (accepted(session=n), connected_as("localhost", session=n))]
    for in_turn in (True, False):
        seen: Evidence = lab.run(host, *[good, wrong] * 4, in_turn=in_turn)
        lab.check(seen, *checks, without=["quiet-log", "accepted-arrives"])
        for number, session in enumerate(seen.sessions):
            mine = seen.log_of(number)
            (end,) = [line.event for line in mine if isinstance(line.event, Disconnect) and line.pid == mine[0].pid]
            assert {line.queue_id for line in mine} >= set(session.queue_ids)
            assert {tally.verb: tally.tried for tally in end.commands}.get("data", 0) == (number % 2 == 0)
