"""Words at the wrong time: since 3.9 `smtpd_forbid_unauth_pipelining` ends such a session; before, it is only logged."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Evidence,
    MailHost,
    Remote,
    Scene,
    accepted,
    delivered,
    early_talk,
    ehlo_again,
    ended,
    logged,
    pipelined,
    refused,
    replied,
    sent,
    starttls_injection,
    warned,
)

FORBID = pytest.mark.mail_host(main={"smtpd_forbid_unauth_pipelining": "yes"}, debian=(11, 12))
SYNC = (554, "5.5.0", "Error: SMTP protocol synchronization")
EARLY = r"improper command pipelining after CONNECT from .*: EHLO mail.good.example\\r\\n"
AT_ONCE = r"improper command pipelining after EHLO from .*: MAIL FROM:<ann@good.example>\\r\\nRCPT TO:"


def hung_up(lab: Scene, seen: Evidence, stage: str, line: str) -> None:
    lab.check(seen, refused(stage, *SYNC), logged(line), ended("closed"), delivered(0))  # type: ignore[arg-type]


def test_early_talk(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """Bullseye and bookworm log it and take the mail; trixie says 554 in place of its banner."""
    seen = client.send(misbehaves=early_talk())
    if mail_host.debian == 13:
        hung_up(lab, seen, "CONNECT", EARLY)
    else:
        lab.check(seen, sent("EHLO mail.good.example<CR><LF>", stage="CONNECT"), logged(EARLY), accepted(), delivered())


def test_all_in_one_packet(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """The reply to EHLO has to be waited for, and only trixie insists on it."""
    seen = client.send(misbehaves=pipelined())
    if mail_host.debian == 13:
        hung_up(lab, seen, "HELO", AT_ONCE)
    else:
        lab.check(seen, logged(AT_ONCE), accepted(), delivered())


@FORBID
def test_early_talk_forbidden(lab: Scene, client: Remote) -> None:
    """The parameter came to 3.5.20 and 3.7.6, switched off."""
    hung_up(lab, client.send(misbehaves=early_talk()), "CONNECT", EARLY)


@FORBID
def test_all_in_one_packet_forbidden(lab: Scene, client: Remote) -> None:
    """So does this."""
    hung_up(lab, client.send(misbehaves=pipelined()), "HELO", AT_ONCE)


@pytest.mark.mail_host(
    main={"smtpd_forbid_unauth_pipelining": "no", "smtpd_data_restrictions": "reject_unauth_pipelining"}
)
def test_the_older_restriction(lab: Scene, client: Remote) -> None:
    """`reject_unauth_pipelining` refuses DATA; then the message is taken for a command, which smtpd does not put up with."""
    lab.check(
        client.send(misbehaves=pipelined()),
        refused("DATA", 503, "5.5.0", "Improper use of SMTP command pipelining"),
        warned("non-SMTP command from mail.good.example[203.0.113.10]"),
        delivered(0),
    )


@pytest.mark.parametrize("command", ["NOOP", "MAIL FROM:<ann@good.example>"])
def test_command_behind_starttls(lab: Scene, client: Remote, command: str) -> None:
    """Every release forgets what it heard in the clear (CVE-2011-0411): QUIT is the next thing that it answers."""
    seen = client.send(misbehaves=starttls_injection(command))
    lab.check(seen, sent(f"STARTTLS<CR><LF>{command}<CR><LF>"), replied("STARTTLS", 220), replied("QUIT", 221))
    assert [exchange.stage for exchange in seen.sessions[0].exchanges if exchange.reply is None] == ["OTHER"]


def test_everything_again_behind_tls(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """TLS changes nothing about the order of things."""
    seen = client.send(tls=True, misbehaves=pipelined())
    if mail_host.debian == 13:
        hung_up(lab, seen, "HELO", AT_ONCE)
    else:
        lab.check(seen, logged(AT_ONCE), accepted(), delivered())


def test_ehlo_in_the_middle_of_a_mail(lab: Scene, client: Remote) -> None:
    """The mail is forgotten as after RSET, and DATA has no recipient."""
    lab.check(
        client.send(misbehaves=ehlo_again("RCPT")),
        replied("HELO", 250, said="somebody.else.example"),
        refused("DATA", 503, "5.5.1", "Error: need RCPT command"),
        delivered(0),
    )
