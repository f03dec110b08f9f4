"""Clients that misbehave, and scenarios that believe something else of them: each has to go red and show the octets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postfix_lab import (
    MailHost,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    bare_lf,
    crowd,
    delivered,
    early_talk,
    ended,
    half_closed,
    nul,
    replied,
    reset_in_data,
    sent,
    slow,
    smuggled,
    starttls_injection,
)

Told = Callable[..., str]
ONE = pytest.mark.mail_host(debian=12)


@pytest.fixture
def client(remote: MakeRemote) -> Remote:
    return remote("203.0.113.10", name="mail.good.example")


@ONE
def test_another_sequence_than_the_named_one(client: Remote, red: Told) -> None:
    """Neither a dot nor an end of line is as good as another; what really was sent is told, spelled out."""
    seen = client.send(misbehaves=smuggled("<CR>.<CR>"))
    story = red(seen, sent("<LF>.<LF>"), accepted())
    assert "  want     the client said <LF>.<LF>" in story
    assert r"A message of the postfix lab.\r.\r" in story


@ONE
def test_a_well_behaved_client(client: Remote, red: Told) -> None:
    """Who misbehaves in name only is found out, whatever the mail host makes of it."""
    seen = client.send()
    assert "the client said before<NUL>after" in red(seen, sent("before<NUL>after"), accepted())
    assert "it said EHLO mail" not in red(seen, sent("EHLO mail.good.example<CR><LF>", stage="CONNECT"), accepted())
    assert "at DATA" in red(seen, sent("RCPT TO:", stage="DATA"))


@ONE
def test_octets_that_are_nearly_right(client: Remote, red: Told) -> None:
    """A NUL in the address is none in the message, and lines that end in LF have no CR before it."""
    assert r"it said RCPT TO:<\x00bob@lab.test>" in red(client.send(misbehaves=nul("RCPT")), sent("before<NUL>after"))
    story = red(client.send(misbehaves=bare_lf()), sent("Subject: lab<CR><LF>"), accepted())
    assert r"\nSubject: lab\n\nA message" in story


@pytest.mark.mail_host(main={"smtpd_forbid_bare_newline": "normalize"}, debian=12)
def test_smuggling_where_it_is_closed(client: Remote, red: Told) -> None:
    """Whoever takes a mended host for an open one is told that one message arrived."""
    seen = client.send(misbehaves=smuggled())
    story = red(seen, delivered(2), replied("MAIL", 250, said="smuggled@"))
    assert "  got      1 copy reached the sink" in story
    assert "MAIL was not reached" in story


@ONE
def test_smuggling_where_it_is_open(client: Remote, red: Told) -> None:
    """And the other way round: the second message is seen."""
    assert "  got      2 copies reached the sink" in red(client.send(misbehaves=smuggled()), delivered(1))


@ONE
def test_an_injected_command_that_nobody_answered(client: Remote, red: Told) -> None:
    """It is in the transcript without a reply, and cannot be taken for one that had one."""
    seen = client.send(misbehaves=starttls_injection())
    assert "OTHER got no reply" in red(seen, replied("OTHER", 250, said="NOOP"))


@ONE
def test_how_the_connection_ended(client: Remote, red: Told) -> None:
    """A line that was dropped, wholly or by half, was not left with QUIT."""
    for behaviour in (reset_in_data(), half_closed("RCPT")):
        assert "the session ended with dropped" in red(client.send(misbehaves=behaviour), ended("quit"))


@pytest.mark.mail_host(main={"smtpd_timeout": "1s"}, debian=12)
def test_slow_octets_that_were_cut_short(client: Remote, red: Told) -> None:
    """Of a command that the server did not wait for, only what was said is in the transcript."""
    story = red(client.send(misbehaves=slow("DATA", 1.5)), sent("DATA<CR><LF>", stage="DATA"))
    assert "  got      it said D" in story
    assert "timeout exceeded" in story


@ONE
def test_one_of_a_crowd_that_was_refused(lab: Scene, mail_host: MailHost, client: Remote, red: Told) -> None:
    """Each session has its own transcript; a check of any of them sees it."""
    sessions = crowd(client.session(until="HELO"), 5)
    seen = lab.run(mail_host, *sessions[:4], client.session(misbehaves=early_talk(), until="HELO"))
    lab.check(seen, *(accepted("HELO", session=number) for number in range(5)))
    assert "RCPT was not reached" in red(seen, accepted("RCPT", session=3))
