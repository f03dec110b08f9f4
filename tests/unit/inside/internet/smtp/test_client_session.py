import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from postfix_lab.errors import InputError, LabError
from postfix_lab.inside.internet.smtp.client_session import converse
from postfix_lab.inside.internet.smtp.tls import server_context
from postfix_lab.smtp.dialogue import Command, Dialogue, Drop, Message, StartTls, mail

Serve = Callable[..., AbstractAsyncContextManager[Any]]
HANG_UP = None
BANNER, OK, NO, GO = b"220 mx.lab.test ESMTP\r\n", b"250 2.0.0 Ok\r\n", b"450 4.7.1 No\r\n", b"354 Go\r\n"
EHLO = Dialogue((Command("EHLO mail.good.example", "HELO"),))


async def test_delivery_from_its_own_address(serve: Serve) -> None:
    """A mail is delivered from the source address that was asked for, dot-stuffed."""
    dialogue = mail(helo="mail.good.example", data="From: <a@b.example>\n\n.dot\n")
    async with serve(BANNER, OK, OK, OK, GO, OK, b"221 2.0.0 Bye\r\n") as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, dialogue)
    assert server.clients == [("127.0.0.2", transcript.port)]
    assert b"\r\n\r\n..dot\r\n.\r\nQUIT\r\n" in server.heard
    assert transcript.ended == "quit"
    assert [str(r) for r in transcript.replies("MESSAGE")] == ["250 2.0.0 Ok"]
    assert all(e.reply and 0 <= e.reply.seconds < 5 for e in transcript.exchanges)
    assert transcript.started <= transcript.exchanges[1].at <= transcript.finished


async def test_ipv6(serve: Serve) -> None:
    """The same over IPv6."""
    async with serve(BANNER, OK, OK, address="::1") as server:
        transcript = await converse("::1", "::1", server.port, EHLO)
    assert (transcript.ended, server.clients[0][0]) == ("quit", "::1")


async def test_nobody_listens() -> None:
    """A refused connection is a transcript without exchanges that says why."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    transcript = await converse("127.0.0.2", "127.0.0.1", port, EHLO)
    assert (transcript.ended, transcript.error) == ("refused", "Connection refused")
    assert transcript.exchanges == ()


async def test_unanswered_connection(full_backlog: int) -> None:
    """A connection that is never established is refused, in time, and not called a late reply."""
    transcript = await converse("127.0.0.2", "127.0.0.1", full_backlog, EHLO, timeout=0.1)
    assert (transcript.ended, transcript.error) == ("refused", "no connection within 0.1 s")


async def test_late_reply(serve: Serve) -> None:
    """A server that hangs is a timeout after the limit of one reply."""
    async with serve(BANNER, b"") as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, EHLO, timeout=0.1)
    assert (transcript.ended, transcript.error) == ("timeout", "no reply within 0.1 s")
    assert [e.reply is None for e in transcript.exchanges] == [False, True]


async def test_server_hangs_up(serve: Serve) -> None:
    """A server that closes the line instead of replying is an ending of its own."""
    async with serve(BANNER, b"", HANG_UP) as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, EHLO)
    assert (transcript.ended, transcript.error) == ("closed", None)


async def test_421_then_closed(serve: Serve) -> None:
    """421 is a reply like any other, the line is closed after it, and no QUIT is said."""
    async with serve(BANNER, b"421 4.3.2 Going down\r\n", HANG_UP) as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, EHLO)
    assert [str(e.reply) for e in transcript.exchanges] == ["220 mx.lab.test ESMTP", "421 4.3.2 Going down"]
    assert transcript.ended == "closed"


async def test_reply_cut_short(serve: Serve) -> None:
    """What came of a reply whose end did not come is told."""
    async with serve(BANNER, b"250-half\r\n25", HANG_UP) as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, EHLO)
    assert transcript.ended == "closed"
    assert "b'half\\n25'" in (transcript.error or "")


@pytest.mark.parametrize("garbage", [b"HTTP/1.1 400 Bad\r\n", b"250 " + b"x" * 70000, b"250 Ok\r\n" * 2000])
async def test_garbage(serve: Serve, garbage: bytes) -> None:
    """Nonsense, too much text and babble are errors of the transcript."""
    async with serve(garbage) as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, mail(helo="x.example"), timeout=2)
    assert transcript.ended == "error"
    assert transcript.error


@pytest.mark.parametrize("reset, end", [(False, "eof"), (True, "ConnectionResetError")])
async def test_drop(serve: Serve, reset: bool, end: str) -> None:
    """Dropping the line is seen by the server as its end, or as a reset."""
    async with serve(BANNER, OK) as server:
        dialogue = Dialogue((*EHLO.steps, Drop(reset=reset)))
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, dialogue)
        assert await asyncio.wait_for(server.end, 5) == end
    assert transcript.ended == "dropped"
    assert b"QUIT" not in server.heard


async def test_large_message(serve: Serve) -> None:
    """A message that the kernel does not take at once arrives whole."""
    line = "x" * 998 + "\n"
    dialogue = Dialogue((Command("DATA", "DATA"), Message(line * 8000), Drop()))
    async with serve(BANNER, GO, OK) as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, dialogue)
        await asyncio.wait_for(server.end, 10)
    assert len(server.heard) == len(b"DATA\r\n") + 8000 * 1000 + len(b".\r\n")
    assert transcript.exchanges[2].said == ". (8000000 octets)"


async def test_tls_on_connect(serve: Serve) -> None:
    """TLS before the banner, with a server that has no certificate."""
    dialogue = Dialogue(EHLO.steps, tls_on_connect=True)
    async with serve(BANNER, OK, b"221 Bye\r\n", tls=server_context()) as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, dialogue)
    assert [e.said for e in transcript.exchanges] == ["", "EHLO mail.good.example", "QUIT"]
    assert (transcript.ended, server.heard) == ("quit", b"EHLO mail.good.example\r\nQUIT\r\n")


async def test_handshake_fails(serve: Serve) -> None:
    """A server that says 220 to STARTTLS and then no TLS is an error that names TLS."""
    async with serve(BANNER, b"220 Go\r\n", b"What is TLS?\r\n") as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, Dialogue((StartTls(),)))
    assert transcript.ended == "error"
    assert (transcript.error or "").startswith("TLS")


async def test_plain_text_before_tls_does_not_count(serve: Serve) -> None:
    """A reply slipped in behind 220 in the clear is not taken for one that came through TLS."""
    async with serve(BANNER, b"220 Go\r\n250 forged\r\n") as server:
        dialogue = Dialogue((StartTls(), *EHLO.steps))
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, dialogue, timeout=0.2)
    assert transcript.ended == "timeout"
    assert "forged" not in str(transcript.exchanges)


async def test_foreign_source_is_the_labs_fault() -> None:
    """An address that is not ours cannot be sent from, and that is no evidence about the server."""
    with pytest.raises(LabError, match=r"203\.0\.113\.9"):
        await converse("203.0.113.9", "127.0.0.1", 25, EHLO)


@pytest.mark.parametrize("source, server", [("127.0.0.2", "::1"), ("mail.good.example", "127.0.0.1")])
async def test_senseless_addresses(source: str, server: str) -> None:
    """Names and mixed families are refused before anything is looked up."""
    with pytest.raises(InputError, match="two IPv4 or two IPv6"):
        await converse(source, server, 25, EHLO)


async def test_message_beyond_latin1(serve: Serve) -> None:
    """A message that is no row of octets is whoever wrote it's fault."""
    async with serve(BANNER, GO) as server:
        dialogue = Dialogue((Command("DATA", "DATA"), Message("\u20ac")))
        with pytest.raises(InputError, match="Latin-1"):
            await converse("127.0.0.2", "127.0.0.1", server.port, dialogue)


async def test_cancelled(serve: Serve) -> None:
    """A cancelled session leaves no open line behind."""
    async with serve(BANNER, b"") as server:
        hanging = asyncio.ensure_future(converse("127.0.0.2", "127.0.0.1", server.port, EHLO))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(hanging, 0.1)
        assert await asyncio.wait_for(server.end, 5) in ("eof", "ConnectionResetError")
