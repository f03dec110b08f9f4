"""An MTA's oddities over a real line, as a client sees them, and the certificates that it shows."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509

from postfix_lab.certificates import authority, key_and_chain
from postfix_lab.inside.internet.smtp.client_session import converse
from postfix_lab.inside.internet.smtp.peer import Peer
from postfix_lab.inside.internet.smtp.tls import server_context
from postfix_lab.smtp.answer import Answer, Answered
from postfix_lab.smtp.behaviour import Behaviour, Received
from postfix_lab.smtp.certificate import Certificate
from postfix_lab.smtp.dialogue import mail
from postfix_lab.smtp.transcript import Transcript

STAGES = ("CONNECT", "HELO", "MAIL", "RCPT", "DATA", "MESSAGE", "QUIT")
NAME = "mx.far.example"
Spoken = tuple[Transcript, list[Answered], list[Received]]


async def spoken(behaviour: Behaviour, limit: float = 10, **said: Any) -> Spoken:
    """Send a mail to an MTA that behaves like that."""
    answered: list[Answered] = []
    kept: list[Received] = []
    pem = key_and_chain(behaviour.tls, NAME)
    peer = Peer("127.0.0.3", behaviour, NAME, kept.append, port=0, answered=answered.append, key_and_chain=pem)
    await peer.start()
    try:
        said_by = mail(helo="x.example", **said)
        return await converse("127.0.0.2", peer.address, peer.port, said_by, timeout=limit), answered, kept
    finally:
        await peer.close()


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("says, ended", [("DROP", "closed"), ("CUT", "closed"), ("RESET", "error"), ("GARBAGE", "error")])
async def test_each_stage(stage: str, says: str, ended: str) -> None:
    """The session ends there, nothing but a message before QUIT is kept, and the answer is told."""
    transcript, answered, kept = await spoken(Behaviour(answers=Answer(stage, says)))
    assert transcript.ended in (ended, "closed")
    assert [(a.stage, a.says, a.client) for a in answered] == [(stage, says, "127.0.0.2")]
    assert len(kept) == (stage == "QUIT")


async def test_silence() -> None:
    """The line stays open and nothing is said."""
    transcript, _, _ = await spoken(Behaviour(answers=Answer("RCPT", "HANG")), limit=0.05)
    assert (transcript.ended, transcript.exchanges[-1].stage) == ("timeout", "RCPT")


@pytest.mark.parametrize("says", ["BAD_HANDSHAKE", "454 4.7.0 Not now", "DROP"])
async def test_starttls(says: str) -> None:
    """TLS does not come about, and the lab hears of no trouble of its own."""
    transcript, answered, kept = await spoken(Behaviour(tls="good", answers=Answer("STARTTLS", says)), tls=True)
    assert [a.says for a in answered] == [says]
    assert not kept
    assert not transcript.replies("MAIL")


async def test_mail_through_tls() -> None:
    """With a certificate of its own it takes the mail through TLS."""
    transcript, _, kept = await spoken(Behaviour(tls="expired"), tls=True)
    assert (transcript.ended, len(kept)) == ("quit", 1)


async def test_lacking_keywords() -> None:
    """What it lacks is not offered, and the last line is still the last."""
    transcript, _, _ = await spoken(Behaviour(lacks=("8BITMIME", "SMTPUTF8", "HELP")))
    assert [line.split()[0] for line in transcript.replies("HELO")[0].lines] == [NAME, "SIZE"]


async def test_one_recipient_of_two() -> None:
    """The other one gets the mail."""
    answer = Answer("RCPT", "550 5.1.1 Gone", to="gone@far.example")
    _, _, kept = await spoken(Behaviour(answers=answer), to=("gone@far.example", "bob@far.example"))
    assert kept[0].recipients == ("bob@far.example",)


@pytest.mark.parametrize(
    "kind, named, ours, valid",
    [
        (Certificate.GOOD, NAME, True, True),
        (Certificate.EXPIRED, NAME, True, False),
        (Certificate.NOT_YET, NAME, True, False),
        (Certificate.WRONG_NAME, "somebody.else.example", True, True),
        (Certificate.UNKNOWN_CA, NAME, False, True),
    ],
)
def test_certificates(kind: Certificate, named: str, ours: bool, valid: bool) -> None:
    """Each is wrong in one thing alone, and good for a TLS server all the same."""
    pem = key_and_chain(kind, NAME)
    leaf = x509.load_pem_x509_certificates(pem.encode())[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    signer = x509.load_pem_x509_certificate(authority().cert_pem.bytes())
    assert names == [named]
    assert (leaf.issuer == signer.subject) is ours
    assert (leaf.not_valid_before_utc <= datetime.now(UTC) <= leaf.not_valid_after_utc) is valid
    assert isinstance(server_context(pem), ssl.SSLContext)


def test_no_certificate() -> None:
    """Neither needs one."""
    assert key_and_chain(Certificate.NONE, NAME) == key_and_chain(Certificate.ANONYMOUS, NAME) == ""
