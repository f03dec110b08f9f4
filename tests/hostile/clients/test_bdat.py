"""BDAT against the rules (RFC 3030): what a chunk's size is good for, and what becomes of the octets around it."""

from __future__ import annotations

import pytest

from postfix_lab import (
    MailHost,
    Remote,
    Scene,
    accepted,
    bdat,
    delivered,
    ended,
    logged,
    not_delivered,
    refused,
    replied,
    sent,
    warned,
)

IMPATIENT = pytest.mark.mail_host(main={"smtpd_timeout": "1s"})


def test_one_chunk(lab: Scene, client: Remote) -> None:
    """Nothing is wrong with it; every release offers CHUNKING."""
    lab.check(client.send(misbehaves=bdat("whole")), sent("BDAT 93 LAST<CR><LF>From: "), accepted(), delivered())


def test_before_there_is_a_recipient(lab: Scene, client: Remote) -> None:
    """The chunk is read and thrown away, not taken for commands."""
    seen = client.send(misbehaves=bdat("before-rcpt"))
    lab.check(seen, refused("MESSAGE", 503, "5.5.1", "need RCPT command"), replied("QUIT", 221), not_delivered())


def test_size_too_small(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """The rest of the message is commands to the server; each line of it is answered, on bullseye with 502."""
    seen = client.send(misbehaves=bdat("understated"))
    lab.check(
        seen,
        replied("MESSAGE", 250, said="BDAT 60 LAST"),
        replied("OTHER", 502 if mail_host.debian == 11 else 500, "5.5.2", said="A message of the postfix lab."),
        delivered(1),
    )
    assert "A message" not in seen.delivered[0].content


@IMPATIENT
def test_size_too_large(lab: Scene, client: Remote) -> None:
    """The server waits for what was promised (`smtpd_timeout`, 300 s as installed)."""
    lab.check(
        client.send(misbehaves=bdat("overstated")),
        refused("MESSAGE", 421, "4.4.2", "timeout exceeded"),
        logged("LostConnection", kind="timeout", stage="BDAT"),
        not_delivered(),
    )


@IMPATIENT
def test_size_beyond_all_limits(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """Bullseye and bookworm wait for a terabyte that they would throw away; trixie says 552 and hangs up."""
    seen = client.send(misbehaves=bdat("huge"))
    if mail_host.debian == 13:
        reply = refused("MESSAGE", 552, "5.3.4", "Chunk exceeds message size limit")
        lab.check(seen, reply, warned("exceeds message size limit"), warned("too much BDAT content"), ended("closed"))
    else:
        lab.check(seen, refused("MESSAGE", 421, "4.4.2", "timeout exceeded"), warned("exceeds message size limit"))


def test_size_that_is_no_number(lab: Scene, client: Remote) -> None:
    """Nobody can know where the chunk ends, so the session does."""
    lab.check(
        client.send(misbehaves=bdat("no-number")),
        refused("MESSAGE", 521, "5.5.4", "Syntax: BDAT count [LAST]"),
        warned("malformed BDAT command syntax"),
        ended("closed"),
    )


def test_data_behind_bdat(lab: Scene, client: Remote) -> None:
    """A mail comes by the one or by the other."""
    seen = client.send(misbehaves=bdat("then-data"))
    lab.check(
        seen, replied("OTHER", 250, said="BDAT 93"), refused("DATA", 503, "5.5.1", "DATA after BDAT")
    )


def test_no_last_chunk(lab: Scene, client: Remote) -> None:
    """A mail without its last chunk is none."""
    lab.check(client.send(misbehaves=bdat("unfinished")), replied("QUIT", 221), not_delivered())
