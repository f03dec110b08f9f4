import asyncio
import smtplib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from postfix_lab.certificates import key_and_chain
from postfix_lab.errors import LabError
from postfix_lab.inside.internet.smtp.client_session import converse
from postfix_lab.inside.internet.smtp.conduct import Conduct
from postfix_lab.inside.internet.smtp.peer import Peer
from postfix_lab.inside.internet.smtp.sink import Sink
from postfix_lab.smtp.answer import Answer
from postfix_lab.smtp.behaviour import ACCEPT, REFUSE, TEMPFAIL, Behaviour, Received
from postfix_lab.smtp.certificate import Certificate
from postfix_lab.smtp.dialogue import Auth, Command, Dialogue, Message, Raw, StartTls, mail
from postfix_lab.smtp.transcript import Transcript

EHLO = Command("EHLO mail.good.example", "HELO")


@asynccontextmanager
async def running(behaviour: Behaviour, kept: list[Received], **options: Any) -> AsyncIterator[Peer]:
    peer = Peer("127.0.0.3", behaviour, "mx.far.example", kept.append, port=0, **options)
    await peer.start()
    yield peer
    await peer.close()


async def send(peer: Peer | Sink, dialogue: Dialogue) -> Transcript:
    """Speak to it from another address."""
    return await converse("127.0.0.2", peer.address, peer.port, dialogue, timeout=10)


async def test_keeps_what_it_accepts() -> None:
    """A message is kept with its envelope, octet by octet, long lines and 8-bit text too."""
    kept: list[Received] = []
    content = "From: <ann@good.example>\r\n\r\n.dot\r\n" + "\xe9" * 5000 + "\r\n"
    async with running(ACCEPT, kept) as peer:
        transcript = await send(peer, mail(helo="mail.good.example", to=("bob@far.example", "a..b@x"), data=content))
    assert transcript.ended == "quit"
    (message,) = kept
    assert (message.client, message.server, message.protocol) == ("127.0.0.2", "127.0.0.3", "ESMTP")
    assert (message.helo, message.sender) == ("mail.good.example", "ann@good.example")
    assert message.recipients == ("bob@far.example", "a..b@x")
    assert message.content == content


async def test_bounce_and_plain_helo() -> None:
    """The null sender is empty, and HELO makes it SMTP."""
    kept: list[Received] = []
    async with running(ACCEPT, kept) as peer:
        await send(peer, mail(helo="x.example", sender="", ehlo=False))
    assert (kept[0].sender, kept[0].protocol) == ("", "SMTP")


@pytest.mark.parametrize(
    "behaviour, stage, reply",
    [
        (REFUSE, "RCPT", "550 5.1.1 No such user"),
        (TEMPFAIL, "RCPT", "451 4.3.2 Try again later"),
        (Behaviour(banner="554 5.3.2 go away"), "CONNECT", "554 5.3.2 go away"),
        (Behaviour(helo="550 5.7.1 bad name"), "HELO", "550 5.7.1 bad name"),
        (Behaviour(mail="550 5.7.1 not you"), "MAIL", "550 5.7.1 not you"),
        (Behaviour(data="554 5.6.0 not that"), "MESSAGE", "554 5.6.0 not that"),
    ],
)
async def test_refuses_at_its_stage(behaviour: Behaviour, stage: str, reply: str) -> None:
    """Each stage gives the reply it was told to, and nothing is kept."""
    kept: list[Received] = []
    async with running(behaviour, kept) as peer:
        refused = (await send(peer, mail(helo="x.example"))).first_refusal
    assert refused
    assert (refused.stage, str(refused.reply)) == (stage, reply)
    assert kept == []


async def test_refusing_banner_refuses_all() -> None:
    """Who greets with 554 takes no mail from a client that goes on all the same."""
    dialogue = Dialogue(mail(helo="x.example").steps, persist=True)
    async with running(Behaviour(banner="554 5.3.2 go away"), []) as peer:
        transcript = await send(peer, dialogue)
    assert [e.reply.code for e in transcript.exchanges if e.reply] == [554, 503, 503, 503, 503, 221]


async def test_421_closes_the_line() -> None:
    """A peer that says 421 hangs up."""
    async with running(Behaviour(rcpt="421 4.3.2 Closing"), []) as peer:
        transcript = await send(peer, mail(helo="x.example"))
    assert (str(transcript.exchanges[-1].reply), transcript.ended) == ("421 4.3.2 Closing", "closed")


async def test_own_words_of_acceptance() -> None:
    """A positive reply is said and the message is kept."""
    kept: list[Received] = []
    everything = Behaviour(mail="250 2.1.0 you?", rcpt="250 2.1.5 him?", data="250 2.6.0 thanks")
    async with running(everything, kept) as peer:
        transcript = await send(peer, mail(helo="x.example"))
    assert [str(r) for r in transcript.replies("MESSAGE")] == ["250 2.6.0 thanks"]
    assert kept[0].recipients == ("bob@lab.test",)


async def test_smtputf8() -> None:
    """Internationalised addresses are taken as UTF-8."""
    kept: list[Received] = []
    dialogue = mail(helo="x.example", sender="j\u00fcrgen@good.example", mail_parameters="SMTPUTF8 BODY=8BITMIME")
    async with running(ACCEPT, kept) as peer:
        await send(peer, dialogue)
    assert kept[0].sender == "j\u00fcrgen@good.example"


async def test_starttls() -> None:
    """A peer that offers STARTTLS takes mail through it, without any certificate."""
    kept: list[Received] = []
    async with running(Behaviour(tls="anonymous"), kept) as peer:
        transcript = await send(peer, mail(helo="x.example", tls=True))
    assert (transcript.ended, len(kept)) == ("quit", 1)
    assert ["STARTTLS" in r.lines for r in transcript.replies("HELO")] == [True, False]


async def test_sends_on() -> None:
    """What was accepted goes on from the peer's own address, with a Received header in front."""
    kept: list[Received] = []
    sent: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
    async with running(ACCEPT, kept) as last:
        forward = Behaviour(forward_to=last.address)
        async with running(forward, [], forward_port=last.port, forwarded=sent.set_result) as peer:
            await send(peer, mail(helo="mail.good.example", data="From: <x@y.example>\n\n\xe9\n"))
            transcript = await asyncio.wait_for(sent, 10)
    assert (transcript.client, kept[0].helo) == ("127.0.0.3", "mx.far.example")
    assert kept[0].content.startswith("Received: from mail.good.example ([127.0.0.2])\r\n\tby mx.far.example with")
    assert kept[0].content.endswith("From: <x@y.example>\r\n\r\n\xe9\r\n")
    assert "BODY=8BITMIME" in transcript.exchanges[2].said


async def test_sending_on_fails() -> None:
    """A next hop that does not answer is told as trouble; a refusal is not."""
    trouble: asyncio.Queue[str] = asyncio.Queue()
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    behaviour = Behaviour(forward_to="127.0.0.1")
    async with running(behaviour, [], forward_port=port, trouble=trouble.put_nowait) as peer:
        await send(peer, mail(helo="x.example"))
        told = await asyncio.wait_for(trouble.get(), 10)
    assert told == "127.0.0.3 could not send on to 127.0.0.1: Connection refused"


async def test_a_fault_of_the_lab_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    """If keeping the message fails, the client gets 451, the lab hears of it, and stderr stays empty."""
    trouble: list[str] = []

    def forgetful(received: Received) -> None:
        raise KeyError(received.sender)

    peer = Peer("127.0.0.3", ACCEPT, "mx.far.example", forgetful, port=0, trouble=trouble.append)
    await peer.start()
    transcript = await send(peer, mail(helo="x.example"))
    await peer.close()
    assert transcript.replies("MESSAGE")[0].code == 451
    assert "KeyError" in trouble[0]
    assert capfd.readouterr().err == ""


async def test_close_drops_open_lines(capfd: pytest.CaptureFixture[str]) -> None:
    """Closing ends sessions that are under way, without a word on stderr, and frees the port."""
    async with running(ACCEPT, []) as peer:
        reader, writer = await asyncio.open_connection(peer.address, peer.port)
        await reader.readline()
        writer.write(b"NONSENSE\r\n")
        await reader.readline()
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    again = Peer(peer.address, ACCEPT, "mx.far.example", print, port=peer.port)
    await again.start()
    await again.close()
    assert capfd.readouterr().err == ""


async def test_taken_address() -> None:
    """An address that is not ours is the lab's fault, and named."""
    with pytest.raises(LabError, match=r"cannot listen at 203\.0\.113\.9 port 25"):
        await Peer("203.0.113.9", ACCEPT, "mx.far.example", print).start()


async def test_sink_replies_for_each_recipient() -> None:
    """The sink speaks LMTP: LHLO, and one reply a recipient after the dot."""
    kept: list[Received] = []
    sink = Sink("::1", "sink.lab.test", kept.append, port=0)
    await sink.start()
    dialogue = Dialogue(
        (
            Command("LHLO mx.lab.test", "HELO"),
            Command("MAIL FROM:<> SIZE=33", "MAIL"),
            Command("RCPT TO:<bob@lab.test>", "RCPT"),
            Command("RCPT TO:<eve@lab.test>", "RCPT"),
            Command("DATA", "DATA"),
            Raw("Subject: x\r\n\r\n.\r\n", 2, "MESSAGE"),
        )
    )
    transcript = await converse("::1", "::1", sink.port, dialogue, timeout=10)
    await sink.close()
    assert [str(r) for r in transcript.replies("MESSAGE")] == ["250 2.1.5 Ok"] * 2
    assert (kept[0].protocol, kept[0].client, kept[0].recipients) == ("LMTP", "::1", ("bob@lab.test", "eve@lab.test"))
    assert (kept[0].content, kept[0].sender) == ("Subject: x\r\n\r\n", "")


async def test_no_starttls() -> None:
    """A peer without STARTTLS refuses it, and the client goes no further."""
    async with running(ACCEPT, []) as peer:
        transcript = await send(peer, Dialogue((EHLO, StartTls(), EHLO, Message("x"))))
    assert [e.said for e in transcript.exchanges] == ["", EHLO.line, "STARTTLS", "QUIT"]


USERS = Behaviour(users={"ann": "correct horse"}, auth_required=True)


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize(
    "behaviour, password, code",
    [(USERS, "correct horse", 250), (USERS, "wrong", 535), (USERS, None, 530), (replace(USERS, users=()), "any", 250)],
)
async def test_login(behaviour: Behaviour, password: str | None, code: int, mechanism: str) -> None:
    """The right password lets in, a wrong one is 535, and none is 530 where one is required; without users any is right."""
    kept: list[Received] = []
    key = key_and_chain(Certificate.GOOD, "mx.far.example")
    auth = None if password is None else Auth("ann", password, mechanism)  # type: ignore[arg-type] # both are literals
    async with running(replace(behaviour, tls=Certificate.GOOD), kept, key_and_chain=key) as peer:
        seen = await send(peer, mail(helo="mail.good.example", tls=True, auth=auth))
    replies = {exchange.stage: exchange.reply.code for exchange in seen.exchanges if exchange.reply}
    assert replies["AUTH" if code == 535 else "MAIL"] == code
    assert len(kept) == (code == 250)


@pytest.mark.parametrize("behaviour, offered", [(Behaviour(), False), (Behaviour(users={"a": "b"}), True), (Behaviour(users={"a": "b"}, lacks="AUTH"), False)])
async def test_login_in_the_clear(behaviour: Behaviour, offered: bool) -> None:
    """AUTH is offered without TLS where there are users."""
    async with running(behaviour, []) as peer:
        seen = await send(peer, Dialogue((EHLO,)))
    (greeting,) = (e.reply for e in seen.exchanges if e.stage == "HELO")
    assert greeting
    assert ("AUTH PLAIN LOGIN" in greeting.text) is offered


async def test_a_reply_to_a_login() -> None:
    """An answer of the MTA at AUTH takes the place of its own."""
    behaviour = Behaviour(users={"ann": "x"}, answers=Answer("AUTH", "454 4.7.0 Temporary authentication failure"))
    async with running(behaviour, []) as peer:
        seen = await send(peer, mail(helo="mail.good.example", auth=Auth("ann", "x", "PLAIN")))
    assert [e.reply.code for e in seen.exchanges if e.stage == "AUTH" and e.reply] == [454]


def log_in(port: int, password: str, mechanisms: list[str]) -> tuple[str, int]:
    """Return what EHLO offers, and the code of a login by another client than the lab's: smtplib."""
    with smtplib.SMTP("127.0.0.3", port, "mail.good.example", timeout=10) as client:
        client.ehlo()
        offered = str(client.esmtp_features.get("auth", "")).strip()
        client.esmtp_features["auth"] = " ".join(mechanisms)
        try:
            return offered, client.login("ann", password, initial_response_ok=False)[0]
        except smtplib.SMTPAuthenticationError as error:
            return offered, error.smtp_code


@pytest.mark.parametrize("password, code", [("secret", 235), ("wrong", 535)])
async def test_cram_md5(password: str, code: int) -> None:
    """It is offered alone, and the right digest lets in."""
    behaviour = Behaviour(users={"ann": "secret"}, mechanisms="cram-md5")
    async with running(behaviour, []) as peer:
        assert await asyncio.to_thread(log_in, peer.port, password, ["CRAM-MD5"]) == ("CRAM-MD5", code)


async def test_cram_md5_without_users() -> None:
    """Whoever logs in under TLS may, and nobody whom it does not know where there are users."""
    conduct = Conduct("127.0.0.3", Behaviour())
    assert conduct.knows_digest("anybody", "x", b"<1@x>")
    assert not Conduct("127.0.0.3", Behaviour(users={"ann": "x"})).knows_digest("eve", "x", b"<1@x>")


@pytest.mark.parametrize("mechanisms, said", [(("XOAUTH2",), "XOAUTH2"), (("PLAIN", "XOAUTH2"), "PLAIN XOAUTH2")])
async def test_mechanism_that_it_does_not_know(mechanisms: tuple[str, ...], said: str) -> None:
    """What it does not offer is 504, and so is what it offers and does not know."""
    async with running(Behaviour(users={"ann": "secret"}, mechanisms=mechanisms), []) as peer:
        assert await asyncio.to_thread(log_in, peer.port, "secret", ["LOGIN"]) == (said, 504)
        seen = await send(peer, Dialogue((EHLO, Command("AUTH XOAUTH2 eA==", "AUTH"))))
    assert [e.reply.code for e in seen.exchanges if e.stage == "AUTH" and e.reply] == [504]


def deliver_over_tls(port: int) -> str:
    """Send a message over TLS from the start, by smtplib; return what EHLO offers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP_SSL("127.0.0.3", port, "mail.good.example", timeout=10, context=context) as client:
        client.login("ann", "secret")
        client.sendmail("ann@x.example", ["bob@far.example", "eve@far.example"], "Subject: x\r\n\r\n", ["BODY=8BITMIME"])
        return " ".join(client.esmtp_features)


async def test_tls_from_the_start() -> None:
    """At such a port there is no STARTTLS, AUTH is offered at once, and all that came with the message is kept."""
    kept: list[Received] = []
    behaviour = Behaviour(tls="good", users={"ann": "secret"}, tls_ports=(0x7FF1,))
    peer = Peer(
        "127.0.0.3", behaviour, "mx.far.example", kept.append, port=0x7FF1, key_and_chain=key_and_chain(Certificate.GOOD, "mx.far.example")
    )
    await peer.start()
    offered = await asyncio.to_thread(deliver_over_tls, peer.port)
    await peer.close()
    assert "starttls" not in offered
    assert "auth" in offered
    (message,) = kept
    assert (message.port, message.tls, message.login) == (0x7FF1, "TLSv1.3", "ann")
    assert message.mail_parameters[-1:] == ("BODY=8BITMIME",)
