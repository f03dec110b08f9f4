"""Octets that nobody may send: most of them are taken on every release, unless a parameter says otherwise."""

from __future__ import annotations

import pytest

from postfix_lab import (
    MailHost,
    Remote,
    Scene,
    accepted,
    delivered,
    eight_bit,
    ended,
    endless_header,
    endless_headers,
    logged,
    long_command,
    long_line,
    may_log,
    nul,
    refused,
    replied,
    sent,
    warned,
)

STRICT = pytest.mark.mail_host(
    main={"strict_8bitmime": "yes", "strict_smtputf8": "yes", "message_reject_characters": "\\0"}
)
SMALL = pytest.mark.mail_host(
    main={"message_size_limit": "100000", "mailbox_size_limit": "0", "header_size_limit": "1000"}
)
GREETING = "Gr\u00fc\u00dfe".encode().decode("latin-1")
LONG = r"request longer than 2048: (EHLO|RCPT)"


def test_nul_in_a_message(lab: Scene, client: Remote) -> None:
    """It arrives as it came."""
    seen = client.send(misbehaves=nul())
    lab.check(seen, sent("before<NUL>after<CR><LF>"), accepted(), delivered())
    assert "\r\nbefore\0after\r\n" in seen.delivered[0].content


@STRICT
def test_nul_in_a_message_refused(lab: Scene, client: Remote) -> None:
    """It is a disallowed character where `message_reject_characters` says so."""
    lab.check(
        client.send(misbehaves=nul()),
        refused("MESSAGE", 550, "5.7.1", "disallowed character"),
        logged("reject: content before from"),
        delivered(0),
    )


def test_nul_in_commands(lab: Scene, client: Remote) -> None:
    """In an address it is a syntax error; a name in EHLO ends before it."""
    address = client.send(misbehaves=nul("RCPT"))
    lab.check(address, sent("RCPT TO:<<NUL>bob@lab.test>"), refused("RCPT", 501, "5.1.3", "Bad recipient address syntax"))
    name = client.send(misbehaves=nul("HELO"))
    lab.check(name, sent("EHLO mail.good.example<NUL>"), accepted(), delivered())
    assert "Received: from mail.good.example (mail.good.example [203.0.113.10])" in name.delivered[0].content


def test_eight_bits_without_a_word(lab: Scene, client: Remote) -> None:
    """Nobody asks for BODY=8BITMIME: header and body arrive as they came."""
    seen = client.send(misbehaves=eight_bit())
    lab.check(seen, sent(f"X-Greeting: {GREETING}<CR><LF>"), accepted(), delivered())
    assert seen.delivered[0].content.count(GREETING) == 2


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_eight_bits_in_an_address(lab: Scene, client: Remote, stage: str) -> None:
    """Nor for SMTPUTF8, as long as `strict_smtputf8` is off."""
    lab.check(client.send(misbehaves=eight_bit(stage)), sent("<\u00fc"), accepted(), delivered())  # type: ignore[arg-type]


@STRICT
def test_eight_bits_refused(lab: Scene, client: Remote) -> None:
    """With `strict_8bitmime` the header is what is blamed, with `strict_smtputf8` the address."""
    lab.check(
        client.send(misbehaves=eight_bit()),
        refused("MESSAGE", 550, "5.6.0", "improper use of 8-bit data in message header"),
        logged("mime-error improper use of 8-bit data in message body"),
    )
    lab.check(client.send(misbehaves=eight_bit("RCPT")), refused("RCPT", 553, "5.6.7", "Must declare SMTPUTF8"))


def test_long_line(lab: Scene, client: Remote) -> None:
    """It is taken, and broken into lines of 998 octets on its way out."""
    seen = client.send(misbehaves=long_line(5000))
    lab.check(seen, sent(f"<LF>{'x' * 5000}<CR><LF>"), accepted(), delivered())
    assert seen.delivered[0].content.endswith(f"{'x' * 989}\r\n {'x' * 14}\r\n")


def test_long_address(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """The first 2048 octets are a syntax error everywhere; trixie reads no further, and takes the rest for a command."""
    seen = client.send(misbehaves=long_command("RCPT"))
    quit_code, more = (500, [warned("disabling input from smtp socket")]) if mail_host.debian == 13 else (221, [])
    lab.check(
        seen,
        sent(f"RCPT TO:<{'x' * 5000}bob@lab.test>"),
        warned(LONG),
        refused("RCPT", 501, "5.1.3", "Bad recipient address syntax"),
        replied("QUIT", quit_code),
        *more,
    )


def test_long_name(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """Bullseye and bookworm cut it at 2048 octets and say 250; for trixie the rest of it is a command that came too early."""
    seen = client.send(misbehaves=long_command("HELO"))
    if mail_host.debian == 13:
        cut = (warned(LONG), warned("disabling input"), logged("improper command pipelining after EHLO"), ended("closed"))
        lab.check(seen, refused("HELO", 554, "5.5.0", "SMTP protocol synchronization"), *cut)
    else:
        lab.check(seen, warned(LONG), accepted(), delivered())


def test_endless_headers(lab: Scene, client: Remote) -> None:
    """Ten thousand fields are no trouble; of a single one `header_size_limit` (102400) octets are kept."""
    lab.check(client.send(misbehaves=endless_headers(10000)), accepted(), delivered())
    seen = client.send(misbehaves=endless_header(200000))
    lab.check(seen, accepted(), delivered())
    assert 102400 < len(seen.delivered[0].content) < 105000


@SMALL
def test_headers_that_end_somewhere(lab: Scene, client: Remote) -> None:
    """Only `message_size_limit` ends them: the client may say all of it, and then hears 552."""
    lab.check(
        client.send(misbehaves=endless_headers(10000)),
        refused("MESSAGE", 552, "5.3.4", "message file too big"),
        warned("queue file size limit exceeded"),
        may_log("mail_stream_cleanup: close error"),
        delivered(0),
    )
