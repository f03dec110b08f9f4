"""The first of two resolvers is dead or lame: the second one answers, and what that costs depends on how the first is dead."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, Remote, Scene, accepted, connected_as, received_spf, refused

FIRST, SECOND = "192.0.2.53", "192.0.2.54"
pytestmark = pytest.mark.mail_host(resolvers=(FIRST, SECOND), policyd_spf={"Lookup_Time": "5"})


@pytest.mark.parametrize("kind", ["REFUSED", "SERVFAIL", "UNREACHABLE"])
def test_one_that_says_so_costs_nothing(lab: Scene, dns: Dns, sender: Remote, kind: str) -> None:
    """Glibc goes on to the second at once, and the client has its name."""
    dns.fault("*", kind, resolver=FIRST)
    seen = sender.send(until="MAIL")
    lab.check(seen, connected_as("mail.good.example"))
    assert [query.server for query in seen.queries] == [FIRST, SECOND] * 2
    assert seen.sessions[0].finished - seen.sessions[0].started < 1.0


def test_one_that_is_silent_costs_a_second_each_question(lab: Scene, dns: Dns, sender: Remote) -> None:
    """PTR and A: two questions, so the banner comes after two times `timeout:1`; glibc does not remember."""
    dns.fault("*", "TIMEOUT", resolver=FIRST)
    seen = sender.send(until="MAIL")
    lab.check(seen, connected_as("mail.good.example"))
    assert seen.sessions[0].finished - seen.sessions[0].started >= 1.9


def test_py3dns_believes_the_lame_one(lab: Scene, dns: Dns, sender: Remote) -> None:
    """REFUSED is an answer to it, so the second resolver is never asked and the record is not found."""
    dns.fault("*", "REFUSED", "TXT", resolver=FIRST)
    seen = sender.send()
    lab.check(seen, accepted(), received_spf("none"))
    assert {query.server for query in seen.queries if query.type == "TXT"} == {FIRST}


def test_py3dns_goes_on_from_the_dead_one(lab: Scene, dns: Dns, sender: Remote) -> None:
    """Where nobody listens it asks the second."""
    dns.fault("*", "UNREACHABLE", "TXT", resolver=FIRST)
    lab.check(sender.send(), accepted(), received_spf("pass"))


def test_both_are_dead(lab: Scene, dns: Dns, sender: Remote) -> None:
    """Nobody answers: unknown, and 450."""
    dns.fault("*", "UNREACHABLE")
    lab.check(sender.send(), connected_as("unknown"), refused("RCPT", 450, "4.7.1"))
