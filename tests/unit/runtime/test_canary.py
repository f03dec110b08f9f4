"""What the canary says and what it makes of the answers, with and without its expectations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.canary_choice import Canary
from postfix_lab.fit.chroot import Chroot
from postfix_lab.inside.internet.protocol import Sighting
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.postfix.log import parse
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.runtime.canary import add_visit, failure, fatal_error, fatal_line, next_visit, scenario
from postfix_lab.runtime.setup import Setup
from postfix_lab.smtp.dialogue import Auth, StartTls
from postfix_lab.smtp.transcript import Transcript
from tests.unit.evidence_builder import session

SEED = Setup(CONFIGURATIONS / "seed")
DENIED, TAKEN = session(RCPT="554 5.7.1 Relay access denied"), session(DATA=None)
BROKEN = session(RCPT="451 4.3.5 Server configuration error")
MUTE = replace(session(CONNECT=None), ended="timeout")
CLOSED = replace(session(), exchanges=(), ended="refused")


@pytest.mark.parametrize(
    "setup, recipient, count",
    [
        (SEED, "a@lab.test", 2),
        (SEED, "", 1),
        (replace(SEED, chroot=Chroot.EMPTY), "a@lab.test", 1),
        (replace(SEED, chroot=Chroot.EMPTY, canary=False), "a@lab.test", 2),
    ],
)
def test_who_comes(setup: Setup, recipient: str, count: int) -> None:
    """A stranger, and a good client where one can be told; both where any answer will do."""
    sessions = scenario(setup, Canary(recipient=recipient)).sessions
    assert len(sessions) == count
    assert len({session.address for session in sessions}) == count


def test_with_tls() -> None:
    """Both say STARTTLS where no mail is taken in the clear."""
    for tls in (True, False):
        sessions = scenario(SEED, Canary(recipient="a@lab.test", tls=tls)).sessions
        assert [any(isinstance(step, StartTls) for step in s.dialogue.steps) for s in sessions] == [tls, tls]


@pytest.mark.parametrize(
    "transcripts, with_canary, without",
    [
        ((DENIED, TAKEN), None, None),
        ((TAKEN, TAKEN), "a stranger's relay attempt was not refused", None),
        ((DENIED, DENIED), "a good client's mail was not accepted", None),
        ((DENIED, BROKEN), "a good client's mail was not accepted", "a client got no answer"),
        ((MUTE, MUTE), "a good client's mail was not accepted", "a client got no answer"),
        ((CLOSED, CLOSED), "a good client's mail was not accepted", None),
    ],
)
def test_failure(transcripts: tuple[Transcript, ...], with_canary: str | None, without: str | None) -> None:
    """Without its expectations the canary grieves only where smtpd said nothing about the mail."""
    seen = Sighting(transcripts, (), (), (), (), ())
    for canary, said in ((True, with_canary), (False, without)):
        found = failure(replace(SEED, canary=canary), seen)
        assert (found and found.split(".")[0]) == said


def test_last_words_of_a_daemon() -> None:
    """The first line that a daemon dies with, of any session or none; reports about it are not its reason."""
    said = [("postfix/smtpd", "connect from a.example[203.0.113.9]"), ("postfix/smtpd", "fatal: in parameter x: bad")]
    after = [("postfix/master", "warning: /usr/lib/postfix/sbin/smtpd: bad command startup -- throttling")]
    lines = [
        parse(SyslogLine(float(n), "192.0.2.25", "mx", program, 7, 6, text))
        for n, (program, text) in enumerate((*after, *said, *said))
    ]
    assert fatal_line(Sighting((), (), tuple(lines), (), (), ())) == "postfix/smtpd: fatal: in parameter x: bad"
    assert fatal_line(Sighting((), (tuple(lines[:2]),), (), (), (), ())) == ""


def test_error_of_a_configuration_with_which_a_daemon_dies() -> None:
    """Somebody's mistake, in that folder."""
    error = fatal_error("postfix/smtpd: fatal: in parameter x: bad", Setup(CONFIGURATIONS / "seed").source)
    assert isinstance(error, InputError)
    assert str(error).endswith("seed/main.cf: Postfix does not run with this configuration: postfix/smtpd: fatal: in parameter x: bad")


GREYLISTED, LATER = session(RCPT="450 4.2.0 Greylisted, come again"), session(RCPT="450 4.3.2 Service unavailable")


@pytest.mark.parametrize("good, greylisted, failed", [(GREYLISTED, True, False), (GREYLISTED, False, True), (LATER, True, True), (TAKEN, True, False)])
def test_greylisting(good: Transcript, greylisted: bool, failed: bool) -> None:
    """Where the scenario wants it, the deferral by a greylister is as good as an acceptance, and no other is."""
    seen = Sighting((DENIED, good), (), (), (), (), ())
    assert bool(failure(SEED, seen, greylisted=greylisted)) is failed


def test_login() -> None:
    """The good client alone logs in, and sends in its own name if that is an address."""
    for user, sender in (("ann@lab.test", "ann@lab.test"), ("ann", "canary@canary.example")):
        stranger, good = scenario(SEED, Canary(recipient="a@lab.test", login=(user, "x"))).sessions
        assert [Auth(user, "x") in each.dialogue.steps for each in (stranger, good)] == [False, True]
        assert any(getattr(step, "line", "") == f"MAIL FROM:<{sender}>" for step in good.dialogue.steps)


@pytest.mark.parametrize("recipient, visits, again", [("a@lab.test", 2, 1), ("a@lab.test", 1, 0), ("", 2, 0)])
def test_second_visit(recipient: str, visits: int, again: int) -> None:
    """The good client's, where postscreen wants one and it made a first one; what it is told then counts."""
    chosen = Canary(recipient=recipient, visits=visits)
    first = scenario(SEED, chosen)
    second = next_visit(first, chosen)
    assert len(second.sessions if second else ()) == again
    if second:
        assert second.sessions == first.sessions[1:]
    line = parse(SyslogLine(1.0, "192.0.2.25", "mx", "postfix/smtpd", 7, 6, "disconnect from x"))
    both = add_visit(Sighting((DENIED, LATER), ((line,), ()), (), (), (), ("a",)), Sighting((TAKEN,), ((),), (line,), (), (), ("b",)))
    assert (both.transcripts, both.logs, both.other_log, both.trouble) == ((DENIED, TAKEN), ((line,), ()), (), ("a", "b"))
    assert failure(SEED, both) is None
