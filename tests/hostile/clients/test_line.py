"""A client that does things to the connection: trickles, ends its half, resets; time is `smtpd_timeout`, here a second."""

from __future__ import annotations

import pytest

from postfix_lab import (
    MailHost,
    Remote,
    Scene,
    accepted,
    delivered,
    ended,
    half_closed,
    logged,
    not_delivered,
    refused,
    reset_in_data,
    sent,
    slow,
)

DEADLINE = {"smtpd_timeout": "1s", "smtpd_per_record_deadline": "yes"}
TOO_LATE = refused("HELO", 421, "4.4.2", "timeout exceeded")


@pytest.mark.mail_host(main={"smtpd_timeout": "1s"})
def test_slow_octets_are_never_too_late(lab: Scene, client: Remote) -> None:
    """Each octet buys another second: EHLO takes 1.3 s, and might take for ever."""
    seen = client.send(misbehaves=slow("HELO", 0.056))
    lab.check(seen, sent("EHLO mail.good.example<CR><LF>", stage="HELO"), accepted(), delivered())
    session = seen.sessions[0]
    assert session.exchanges[2].at - session.exchanges[1].at > 1.2


@pytest.mark.mail_host(main=DEADLINE)
def test_deadline_for_a_command(lab: Scene, client: Remote) -> None:
    """`smtpd_per_record_deadline`, which from 3.7 on is `smtpd_per_request_deadline`, counts from the first octet."""
    lab.check(
        client.send(misbehaves=slow("HELO", 0.1)),
        TOO_LATE,
        ended("closed"),
        logged("LostConnection", kind="timeout", stage="CONNECT"),
    )


@pytest.mark.mail_host(main=DEADLINE)
def test_deadline_for_a_message(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """A deadline for each line lets the message pass on bullseye; later ones want `smtpd_min_data_rate` octets a second."""
    seen = client.send(misbehaves=slow("MESSAGE", 0.016))
    if mail_host.debian == 11:
        lab.check(seen, accepted(), delivered())
    else:
        late = logged("LostConnection", kind="timeout", stage="DATA")
        lab.check(seen, refused("MESSAGE", 421, "4.4.2", "timeout exceeded"), late, not_delivered())


def test_half_closed_behind_the_message(lab: Scene, client: Remote) -> None:
    """The mail is taken and the reply is sent; that QUIT never came is not worth a line in the log."""
    seen = client.send(misbehaves=half_closed())
    lab.check(seen, accepted(), ended("dropped"), delivered())
    assert not any("lost connection" in line.text for line in seen.log)


@pytest.mark.parametrize("stage", ["HELO", "RCPT", "DATA"])
def test_half_closed_before_the_message(lab: Scene, client: Remote, stage: str) -> None:
    """The reply is sent; then the connection is lost, and so is the mail."""
    seen = client.send(misbehaves=half_closed(stage))  # type: ignore[arg-type]
    word = {"HELO": "EHLO"}.get(stage, stage)
    lab.check(seen, accepted(stage), ended("dropped"), logged("LostConnection", stage=word), not_delivered())  # type: ignore[arg-type]


def test_reset_in_data(lab: Scene, client: Remote) -> None:
    """What had come of the message is forgotten."""
    lab.check(
        client.send(misbehaves=reset_in_data()),
        sent("From: <ann@good.example><CR><LF>", stage="MESSAGE"),
        ended("dropped"),
        logged("LostConnection", kind="lost connection", stage="DATA"),
        not_delivered(),
    )
