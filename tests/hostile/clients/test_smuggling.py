"""SMTP smuggling (CVE-2023-51764): bullseye and bookworm are open to it as installed, trixie is not; two parameters close it."""

from __future__ import annotations

import pytest

from postfix_lab import (
    SMUGGLING,
    Evidence,
    MailHost,
    Remote,
    Scene,
    accepted,
    delivered,
    ended,
    logged,
    refused,
    replied,
    sent,
    smuggled,
)

ENDS = {"<LF>.<LF>", "<LF>.<CR><LF>", "<CR><LF>.<LF>", "<LF><LF>.<CR><LF>", "<CR><LF>.<CR><CR><LF>"}
"""What a Postfix that is not told otherwise takes for the end of data: any LF will do, and CRs before it do not count."""
DEFAULTS = {
    "smtpd_forbid_bare_newline": ("no", "no", "normalize"),
    "smtpd_forbid_bare_newline_exclusions": ("$mynetworks",) * 3,
    "smtpd_forbid_bare_newline_reject_code": ("550",) * 3,
    "smtpd_forbid_unauth_pipelining": ("no", "no", "yes"),
    "cleanup_replace_stray_cr_lf": ("yes",) * 3,
}
"""What `postconf -d` says on bullseye, bookworm and trixie."""
OPEN = {"smtpd_forbid_bare_newline": "no", "smtpd_forbid_unauth_pipelining": "no"}


def test_defaults(mail_host: MailHost) -> None:
    """The security updates gave the older releases every parameter, but not the safe values."""
    said = mail_host.shell(f"postconf -d {' '.join(DEFAULTS)}").splitlines()
    assert said == [f"{name} = {values[mail_host.debian - 11]}" for name, values in DEFAULTS.items()]


def got_through(lab: Scene, seen: Evidence, sequence: str) -> None:
    """The second mail was taken for one; all that was noticed is that the client did not wait for 354."""
    lab.check(
        seen,
        sent(sequence, stage="MESSAGE"),
        accepted("MESSAGE"),
        replied("MAIL", 250, said="smuggled@good.example"),
        logged("improper command pipelining after DATA"),
        delivered(2),
    )
    assert {message.sender for message in seen.delivered} == {"ann@good.example", "smuggled@good.example"}


def stayed_inside(lab: Scene, seen: Evidence, sequence: str) -> None:
    """One reply to one message, and the second mail is part of its text."""
    lab.check(seen, sent(sequence, stage="MESSAGE"), replied("QUIT", 221), accepted(), delivered(1))
    assert "\r\nRCPT TO:<bob@lab.test>\r\nDATA\r\n" in seen.delivered[0].content


@pytest.mark.parametrize("sequence", SMUGGLING)
def test_as_installed(lab: Scene, mail_host: MailHost, client: Remote, sequence: str) -> None:
    """3.5 and 3.7 have `smtpd_forbid_bare_newline = no`, 3.10 has `normalize`: only the true end of data is one."""
    seen = client.send(misbehaves=smuggled(sequence))
    (got_through if mail_host.debian < 13 and sequence in ENDS else stayed_inside)(lab, seen, sequence)


@pytest.mark.mail_host(main={"smtpd_forbid_bare_newline": "normalize"}, debian=(11, 12))
@pytest.mark.parametrize("sequence", sorted(ENDS))
def test_normalized(lab: Scene, client: Remote, sequence: str) -> None:
    """The security updates 3.5.24 and 3.7.10 brought what 3.10 does by itself."""
    stayed_inside(lab, client.send(misbehaves=smuggled(sequence)), sequence)


@pytest.mark.mail_host(main={"smtpd_forbid_bare_newline": "reject"})
def test_rejected(lab: Scene, client: Remote) -> None:
    """With `reject` neither mail is taken."""
    lab.check(
        client.send(misbehaves=smuggled()),
        refused("MESSAGE", 550, "5.5.2", "bare <LF> received"),
        logged("reject: END-OF-MESSAGE from mail.good.example[203.0.113.10]"),
        delivered(0),
    )


@pytest.mark.mail_host(main={**OPEN, "smtpd_forbid_unauth_pipelining": "yes"})
def test_second_line_of_defence(lab: Scene, client: Remote) -> None:
    """`smtpd_forbid_unauth_pipelining` stops the hidden mail at its DATA, since its text is there before the 354."""
    lab.check(
        client.send(misbehaves=smuggled()),
        replied("MESSAGE", 250),
        replied("DATA", 554, "5.5.0", "SMTP protocol synchronization"),
        ended("closed"),
        logged("improper command pipelining after DATA"),
        delivered(1),
    )


@pytest.mark.mail_host(main=OPEN, debian=13)
def test_as_it_was_before(lab: Scene, client: Remote) -> None:
    """Without both, trixie is as open as the others."""
    got_through(lab, client.send(misbehaves=smuggled()), "<LF>.<LF>")


@pytest.mark.mail_host(
    main={
        "smtpd_forbid_bare_newline": "normalize",
        "smtpd_forbid_bare_newline_exclusions": "203.0.113.10",
        "smtpd_forbid_unauth_pipelining": "no",
    }
)
def test_who_is_excluded(lab: Scene, client: Remote) -> None:
    """A client in `smtpd_forbid_bare_newline_exclusions` (default: `$mynetworks`) may smuggle on every release."""
    got_through(lab, client.send(misbehaves=smuggled()), "<LF>.<LF>")
