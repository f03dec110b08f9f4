"""The transcript has swaks' marks, and each way to end has the code that swaks gives it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postfix_lab.report.swaks import exit_code, transcript_lines
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.smtp.transcript import Exchange, Transcript
from tests.unit.evidence_builder import START, reply, session

TLS: tuple[tuple[Stage, str], ...] = (("STARTTLS", "220 2.0.0 Ready to start TLS"), ("HELO", "250 mx.lab.test"))


def with_tls(**changed: str) -> Transcript:
    """The good session with STARTTLS and a second EHLO in it."""
    good = session()
    more = tuple(Exchange(s, s, reply(changed.get(s, text)), START) for s, text in TLS)
    return replace(good, exchanges=(*good.exchanges[:2], *more, *good.exchanges[2:]))


@pytest.mark.parametrize(
    "stage, code",
    [("CONNECT", 21), ("HELO", 22), ("MAIL", 23), ("RCPT", 24), ("DATA", 25), ("MESSAGE", 26)],
)
def test_a_refused_stage(stage: str, code: int) -> None:
    """Each stage has its code, whether the server then hangs up or not."""
    refused = session(**{stage: "550 5.7.1 No"})
    assert exit_code(refused) == code
    assert exit_code(replace(refused, exchanges=refused.exchanges[:-1], ended="closed")) == code


@pytest.mark.parametrize("ended, code", [("closed", 6), ("timeout", 24)])
def test_a_stage_without_a_reply(ended: Any, code: int) -> None:
    """Hanging up has a code of its own; silence counts for the stage."""
    broken = session(RCPT=None)
    assert exit_code(replace(broken, exchanges=broken.exchanges[:-1], ended=ended)) == code


def test_all_is_well() -> None:
    """Accepted, stopped or dropped on purpose is 0; nobody at the port is 2."""
    good = session()
    assert exit_code(good) == 0
    assert exit_code(replace(good, exchanges=good.exchanges[:3], ended="dropped")) == 0
    assert exit_code(replace(good, exchanges=(), ended="refused")) == 2


def test_tls_and_what_comes_after_it() -> None:
    """STARTTLS refused or broken is 29, the EHLO after it 32."""
    assert exit_code(with_tls()) == 0
    assert exit_code(with_tls(STARTTLS="454 4.7.0 TLS not available")) == 29
    assert exit_code(with_tls(HELO="550 5.7.1 No")) == 32
    handshake = with_tls()
    assert exit_code(replace(handshake, exchanges=handshake.exchanges[:3], ended="error", error="TLS")) == 29
    assert exit_code(replace(handshake, exchanges=(), ended="error", error="TLS")) == 29


def test_a_login_that_fails() -> None:
    """535 to AUTH is 28."""
    good = session()
    denied = Exchange("AUTH", "AUTH PLAIN ann ********", reply("535 5.7.8 Error: authentication failed"), START)
    assert exit_code(replace(good, exchanges=(*good.exchanges[:2], denied, good.exchanges[-1]))) == 28


def test_one_recipient_of_two_is_enough() -> None:
    """Only when no recipient is accepted does RCPT fail."""
    good = session()
    refused = Exchange("RCPT", "RCPT TO:<x@y.example>", reply("550 5.1.1 No"), START)
    assert exit_code(replace(good, exchanges=(*good.exchanges[:3], refused, *good.exchanges[3:]))) == 0


def test_a_quit_that_is_refused() -> None:
    """After a session that went well."""
    good = session()
    odd = Exchange("QUIT", "QUIT", reply("500 What?"), START)
    assert exit_code(replace(good, exchanges=(*good.exchanges[:-1], odd))) == 27
    assert exit_code(replace(good, exchanges=(*good.exchanges[:-1], replace(odd, reply=None)), ended="closed")) == 6


def test_marks() -> None:
    """Comment, client, server and refusal are told apart as swaks does it."""
    told = list(transcript_lines(session(RCPT="554 5.7.1 <x@y.example>: Relay access denied")))
    assert told[:2] == ["=== Trying 192.0.2.21:25 from 203.0.113.10...", "=== Connected to 192.0.2.21."]
    assert "<-  220 mx.lab.test ESMTP Postfix" in told
    assert " -> MAIL FROM:<ann@good.example>" in told
    assert "<** 554 5.7.1 <x@y.example>: Relay access denied" in told
    assert told[-1] == "=== Connection closed with remote host."


def test_marks_under_tls() -> None:
    """A tilde stands for the encrypted line."""
    told = list(transcript_lines(with_tls(HELO="550 5.7.1 No")))
    at = told.index("=== TLS started")
    assert told[at - 1] == "<-  220 2.0.0 Ready to start TLS"
    assert told[at + 1 : at + 3] == [" ~> HELO", "<~* 550 5.7.1 No"]


def test_a_reply_of_several_lines() -> None:
    """All but the last have a hyphen."""
    good = session()
    several = replace(reply("250 mx"), lines=("mx.lab.test", "PIPELINING", "8BITMIME"))
    helo = replace(good.exchanges[1], reply=several)
    told = list(transcript_lines(replace(good, exchanges=(good.exchanges[0], helo))))
    assert [line for line in told if line.startswith("<-  250")] == [
        "<-  250-mx.lab.test", "<-  250-PIPELINING", "<-  250 8BITMIME",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "ended, said",
    [("dropped", "=== Dropping connection"), ("closed", "*** Remote host closed connection unexpectedly."),
     ("timeout", "*** timeout: why")],
)  # fmt: skip
def test_how_it_ended(ended: Any, said: str) -> None:
    """The last line says who ended it."""
    assert list(transcript_lines(replace(session(), ended=ended, error="why")))[-1] == said


def test_a_hostile_server_cannot_paint_the_terminal() -> None:
    """Escapes in replies are spelled out."""
    told = "\n".join(transcript_lines(session(RCPT="550 5.7.1 \x1b[2Jgone")))
    assert "\x1b" not in told
    assert r"\x1b[2Jgone" in told


@pytest.mark.parametrize(
    "server, where", [("192.0.2.21", "192.0.2.21:25 from 203.0.113.10"), ("2001:db8::21", "[2001:db8::21]:25 from 203.0.113.10")]
)
def test_nobody_at_the_port(server: str, where: str) -> None:
    """The address as a person writes it, and the error."""
    absent = replace(session(), server=server, exchanges=(), ended="refused", error="connection refused")
    assert list(transcript_lines(absent)) == [f"=== Trying {where}...", f"*** Error connecting to {where}: connection refused"]


def test_a_command_without_a_reply() -> None:
    """Nothing is printed in its place."""
    silent = replace(session(RCPT=None), ended="timeout")
    lines = list(transcript_lines(silent))
    asked = lines.index(" -> RCPT TO:<bob@lab.test>")
    assert lines[asked + 1] == " -> QUIT"
