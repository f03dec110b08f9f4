"""An SPF record too big for UDP: with TCP nothing is lost, without it policyd-spf has no result, and glibc has no patience limit."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, Remote, Scene, accepted, asked, connected_as, received_spf, refused

pytestmark = pytest.mark.mail_host(policyd_spf={"Lookup_Time": "1"})
PTR = "10.113.0.203.in-addr.arpa"


@pytest.mark.parametrize("octets", [512, 4096])
def test_big_record_comes_over_tcp(lab: Scene, dns: Dns, sender: Remote, octets: int) -> None:
    """py3dns speaks no EDNS, so 512 octets and 4096 are all one to it: it asks again over TCP."""
    dns.fault("good.example", "HUGE", "TXT", octets=octets)
    seen = sender.send()
    lab.check(seen, asked("good.example", "TXT"), received_spf("pass"))
    transports = [(q.transport, q.truncated) for q in seen.queries if (q.name, q.type) == ("good.example", "TXT")]
    assert transports == [("udp", True), ("tcp", False)]


@pytest.mark.parametrize("kind", ["TRUNCATE_REFUSED", "TRUNCATE_HANG"])
def test_without_tcp_there_is_no_result(lab: Scene, dns: Dns, sender: Remote, kind: str) -> None:
    """A firewall that lets no DNS over TCP through makes *temperror* of a big record, refusing or silent."""
    dns.fault("good.example", kind, "TXT")
    lab.check(sender.send(), asked("good.example", "TXT"), accepted(), received_spf("temperror"))


def test_glibc_waits_for_tcp_whatever_resolv_conf_says(lab: Scene, dns: Dns, sender: Remote) -> None:
    """timeout:1 is for UDP: over TCP smtpd waits for as long as the connection is open, here 3 s."""
    dns.fault(PTR, "TRUNCATE_HANG", "PTR", seconds=3)
    seen = sender.send()
    lab.check(seen, asked(PTR, "PTR", "TIMEOUT"), connected_as("unknown"), refused("RCPT", 450, "4.7.1"))
    assert seen.sessions[0].exchanges[0].reply is not None
    assert seen.sessions[0].exchanges[0].reply.seconds > 2.5


def test_name_without_tcp_is_unknown_at_once(lab: Scene, dns: Dns, sender: Remote) -> None:
    """A TCP port that refuses costs no time, and the name all the same."""
    dns.fault(PTR, "TRUNCATE_REFUSED", "PTR")
    lab.check(sender.send(), asked(PTR, "PTR"), connected_as("unknown"), refused("RCPT", 450, "4.7.1"))
