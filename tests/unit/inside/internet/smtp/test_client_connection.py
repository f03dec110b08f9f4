"""The line itself: what is on it is what the transcript says, however odd the client."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from postfix_lab.inside.internet.smtp.client_session import converse
from postfix_lab.inside.internet.smtp.rendezvous import Meeting
from postfix_lab.scenario.misbehaviour import (
    SMUGGLING,
    Misbehaviour,
    bare_cr,
    bare_lf,
    bdat,
    early_talk,
    ehlo_again,
    eight_bit,
    half_closed,
    lf_commands,
    long_command,
    long_line,
    nul,
    pipelined,
    slow,
    smuggled,
)
from postfix_lab.smtp.dialogue import Burst, Command, Dialogue, Drop, Meet, Raw, mail
from postfix_lab.smtp.transcript import Transcript

Serve = Callable[..., AbstractAsyncContextManager[Any]]
BANNER, OK, GO, BYE = b"220 mx.lab.test ESMTP\r\n", b"250 2.0.0 Ok\r\n", b"354 Go\r\n", b"221 2.0.0 Bye\r\n"
ORDINARY = "From: <ann@good.example>\r\nTo: <bob@lab.test>\r\nSubject: lab\r\n\r\n..dot\r\n.\r\n"
MAIL = mail(helo="x.example", data="Subject: lab\n\n.dot\n")
LOUD: dict[str, Misbehaviour] = {
    "early": early_talk(), "pipelined": pipelined(), "bare LF": bare_lf(), "bare CR": bare_cr(), "LF": lf_commands(),
    "NUL": nul(), "NUL in RCPT": nul("RCPT"), "8 bit": eight_bit(), "8 bit in MAIL": eight_bit("MAIL"),
    "long line": long_line(3000), "long command": long_command("HELO", 3000), "EHLO again": ehlo_again("MAIL"),
    "BDAT": bdat("whole"), "BDAT, LF": bdat("bare-lf"), "half": half_closed(),
    **{sequence: smuggled(sequence) for sequence in SMUGGLING},
}  # fmt: skip


def spoken(transcript: Transcript) -> bytes:
    """All that was said by the transcript's own account, in which a command is told without its CRLF."""
    octets = b""
    for told in transcript.exchanges:
        said = ORDINARY if told.said.startswith(". (") else told.said
        whole = told.stage == "MESSAGE" or said.endswith("\n") or not said
        octets += said.encode("latin-1") if whole else f"{said}\r\n".encode()
    return octets


def replies_to(dialogue: Dialogue) -> list[bytes]:
    """What a server says at once, and then to each piece that it reads: 354 to DATA, 250 to everything else."""
    answers = [GO if step == Command("DATA", "DATA") else OK for step in dialogue.steps]
    return [BANNER + OK if dialogue.early else BANNER, *answers, BYE]


@pytest.mark.parametrize("name", LOUD)
async def test_transcript_is_what_went_over_the_wire(serve: Serve, name: str) -> None:
    """Each octet that the server read is in the transcript, and no other, in the order of its coming."""
    dialogue = LOUD[name](MAIL)
    async with serve(*replies_to(dialogue)) as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, dialogue, timeout=5)
        await asyncio.wait_for(server.end, 5)
    assert server.heard == spoken(transcript)


async def test_slow_octets_take_their_time(serve: Serve) -> None:
    """Between two octets lies the pace; all of them arrive."""
    dialogue = Dialogue((Raw("EHLO x\r\n", replies=0, stage="HELO", pace=0.01), Drop()))
    async with serve(BANNER) as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, dialogue)
        await asyncio.wait_for(server.end, 5)
    assert server.heard == spoken(transcript) == b"EHLO x\r\n"
    assert transcript.finished - transcript.started >= 0.07


async def test_slow_octets_end_with_the_servers_patience(serve: Serve) -> None:
    """A server that says 421 and closes is not spoken to any longer."""
    async with serve(BANNER, b"421 4.4.2 Too slow\r\n", None) as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, slow("RCPT", 0.01)(MAIL.until("RCPT")))
    assert server.heard == spoken(transcript)
    assert (transcript.ended, str(transcript.exchanges[-1].reply)) == ("closed", "421 4.4.2 Too slow")


async def test_reply_through_half_a_line(serve: Serve) -> None:
    """The server sees the end of what we say, and we still hear what it says."""
    async with serve(BANNER, OK, OK, OK, GO, OK) as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, half_closed()(MAIL), timeout=5)
        assert await asyncio.wait_for(server.end, 5) == "eof"
    assert (transcript.ended, [str(r) for r in transcript.replies("MESSAGE")]) == ("dropped", ["250 2.0.0 Ok"])


async def test_as_many_replies_as_were_asked_for(serve: Serve) -> None:
    """A server that answers three thousand commands at once is no babbler."""
    burst = Burst(tuple(Command("NOOP") for _ in range(3000)))
    async with serve(BANNER, OK * 3000, BYE) as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, Dialogue((burst,)), timeout=10)
    assert (transcript.ended, len(transcript.replies("OTHER"))) == ("quit", 3000)


async def test_who_is_met_comes_before_what_is_said(serve: Serve) -> None:
    """The first of two sessions waits for the second one; when that is refused, it goes on alone."""
    met = Dialogue((Meet(), Command("NOOP")))
    meeting = Meeting(2)
    async with serve(BANNER, OK, BYE) as one, serve(b"554 No\r\n", BYE) as other:
        first = asyncio.ensure_future(converse("127.0.0.2", "127.0.0.1", one.port, met, timeout=5, meeting=meeting))
        second = await converse("127.0.0.2", "127.0.0.1", other.port, met, timeout=5, meeting=meeting)
        assert (await first).exchanges[1].at >= second.exchanges[0].at
    assert [e.said for e in second.exchanges] == ["", "QUIT"]


async def test_who_never_comes_is_told(serve: Serve) -> None:
    """Waiting has the limit of a reply."""
    async with serve(BANNER) as server:
        dialogue, meeting = Dialogue((Meet(),)), Meeting(2)
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, dialogue, timeout=0.4, meeting=meeting)
    assert (transcript.ended, transcript.error) == ("timeout", "not all of the other sessions came within 0.4 s")
