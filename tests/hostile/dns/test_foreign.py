"""Answers to other questions: glibc drops them and waits in vain; py3dns looks at the id alone."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, Remote, Scene, accepted, asked, connected_as, received_spf, refused

pytestmark = pytest.mark.mail_host(policyd_spf={"Lookup_Time": "1"})
PTR = "10.113.0.203.in-addr.arpa"


@pytest.mark.parametrize("kind", ["WRONG_ID", "WRONG_QUESTION"])
def test_glibc_waits_for_the_right_one(lab: Scene, dns: Dns, sender: Remote, kind: str) -> None:
    """A forger who guesses wrong costs the client its name only if the true answer stays out, and a second."""
    dns.fault(PTR, kind, "PTR")
    seen = sender.send()
    lab.check(seen, asked(PTR, "PTR", "UNRELATED"), connected_as("unknown"), refused("RCPT", 450, "4.7.1"))
    assert seen.sessions[0].finished - seen.sessions[0].started >= 0.9


def test_py3dns_waits_for_the_right_id(lab: Scene, dns: Dns, sender: Remote) -> None:
    """Another id is no answer, so the lookup times out."""
    dns.fault("good.example", "WRONG_ID", "TXT")
    lab.check(sender.send(), asked("good.example", "TXT", "UNRELATED"), accepted(), received_spf("temperror"))


def test_py3dns_takes_the_answer_to_another_question(lab: Scene, dns: Dns, sender: Remote) -> None:
    """With the right id another name's record is taken: not for this name, and so there is *none*, at once."""
    dns.fault("good.example", "WRONG_QUESTION", "TXT")
    lab.check(sender.send(), asked("good.example", "TXT", "UNRELATED"), accepted(), received_spf("none"))
