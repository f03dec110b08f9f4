"""milter_default_action: what becomes of mail when nobody listens at the milter's socket."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab import MailHost, Remote, Scene, accepted, delivered, logged, not_delivered, refused, warned

OWN = {"smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination"}
GONE = warned("connect to Milter service unix:opendkim/opendkim.sock: No such file or directory")


def action(word: str) -> Any:
    """A milter that is absent, and that milter_default_action."""
    main = {**OWN, "smtpd_milters": "unix:opendkim/opendkim.sock", "milter_default_action": word}
    return pytest.mark.mail_host(main=main, milter="absent")


@action("accept")
def test_accept(lab: Scene, good: Remote) -> None:
    """Mail passes unseen by the milter."""
    lab.check(good.send(), accepted(), delivered(), GONE)


@action("reject")
def test_reject(lab: Scene, good: Remote) -> None:
    """The client is sent away by the greeting; the log has another code than it gets."""
    told = logged("Reject", action="milter-reject", stage="CONNECT", code=550, enhanced="5.5.0")
    lab.check(good.send(), refused("CONNECT", 554, None, "not accepting connections"), told, GONE)


@action("tempfail")
def test_tempfail(lab: Scene, good: Remote) -> None:
    """451 4.7.1 at MAIL."""
    lab.check(good.send(), refused("MAIL", 451, "4.7.1", "Service unavailable - try again later"), GONE)


@action("shutdown")
def test_shutdown(lab: Scene, good: Remote, mail_host: MailHost) -> None:
    """The default since 3.10: 421 instead of a greeting. Before, the word is unknown, and that makes 451 4.3.5."""
    if mail_host.debian >= 13:
        lab.check(good.send(), refused("CONNECT", 421, None, "Service unavailable - try again later"), GONE)
        return
    unknown = refused("MAIL", 451, "4.3.5", "Server configuration problem - try again later")
    lab.check(good.send(), unknown, GONE, warned("unrecognized default action: shutdown"))


@action("quarantine")
def test_quarantine(lab: Scene, good: Remote, mail_host: MailHost) -> None:
    """Mail is accepted and put on hold, where an admin has to find it."""
    seen = good.send()
    held = logged("Reject", action="milter-hold", stage="CONNECT")
    lab.check(seen, accepted(), held, not_delivered(), GONE, without=["accepted-arrives"])
    assert f"{seen.queue_ids[0]}!" in mail_host.shell("postqueue -p")
