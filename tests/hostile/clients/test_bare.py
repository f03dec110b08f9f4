"""Lines that do not end in CRLF: mended, or with `smtpd_forbid_bare_newline = reject` refused; the same on all releases."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Misbehaviour,
    Remote,
    Scene,
    accepted,
    bare_cr,
    bare_lf,
    bdat,
    delivered,
    lf_commands,
    logged,
    refused,
    sent,
)

REJECT = pytest.mark.mail_host(main={"smtpd_forbid_bare_newline": "reject"})
BARE = "bare <LF> received"


def test_bare_lf_is_mended(lab: Scene, client: Remote) -> None:
    """Each LF arrives as CRLF."""
    seen = client.send(misbehaves=bare_lf())
    lab.check(seen, sent("Subject: lab<LF><LF>A message"), accepted(), delivered())
    assert "\r\nSubject: lab\r\n\r\nA message of the postfix lab.\r\n" in seen.delivered[0].content


def test_bare_cr_is_a_blank(lab: Scene, client: Remote) -> None:
    """`cleanup_replace_stray_cr_lf`, in 3.5 and 3.7 since their security updates, puts a blank in its place."""
    seen = client.send(misbehaves=bare_cr())
    lab.check(seen, sent("before<CR>after"), accepted(), delivered())
    assert "\r\nbefore after\r\n" in seen.delivered[0].content


@pytest.mark.mail_host(main={"cleanup_replace_stray_cr_lf": "no"})
def test_bare_cr_is_handed_on(lab: Scene, client: Remote) -> None:
    """Without it the next server gets the CR as it came: that is how a message is smuggled out."""
    seen = client.send(misbehaves=bare_cr())
    lab.check(seen, accepted(), delivered())
    assert "\r\nbefore\rafter\r\n" in seen.delivered[0].content


def test_commands_may_end_in_lf(lab: Scene, client: Remote) -> None:
    """`normalize` on trixie is about the end of data alone."""
    lab.check(client.send(misbehaves=lf_commands()), sent("EHLO mail.good.example<LF>"), accepted(), delivered())


def test_bdat_counts_and_does_not_look(lab: Scene, client: Remote) -> None:
    """`<LF>.<LF>` in a chunk is content, on every release."""
    seen = client.send(misbehaves=bdat("bare-lf"))
    lab.check(seen, sent("<LF>.<LF>RSET<LF>"), accepted(), delivered())
    assert seen.delivered[0].content.endswith("\r\n.\r\nRSET\r\n")


@REJECT
@pytest.mark.parametrize("misbehaves", [bare_lf(), bdat("bare-lf")], ids=["DATA", "BDAT"])
def test_message_is_refused(lab: Scene, client: Remote, misbehaves: Misbehaviour) -> None:
    """The whole message is read before it is refused; the session goes on."""
    lab.check(
        client.send(misbehaves=misbehaves),
        refused("MESSAGE", 550, "5.5.2", BARE),
        logged(rf"reject: END-OF-MESSAGE from \S+: {BARE}"),
        delivered(0),
    )


@REJECT
def test_command_is_refused(lab: Scene, client: Remote) -> None:
    """The first such command ends the session."""
    lab.check(
        client.send(misbehaves=lf_commands()),
        refused("HELO", 550, "5.5.2", BARE),
        logged(rf"NOQUEUE: reject: CONNECT from \S+: {BARE}"),
    )
