"""rsyslogd is gone: Postfix does not care, and the lab, which cannot see, says unknown."""

from __future__ import annotations

import pytest

from postfix_lab import LabError, MailHost, Remote, Scene, accepted, delivered, refused

pytestmark = pytest.mark.mail_host(main={"smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination"})


@pytest.mark.parametrize("to, reply", [("bob@lab.test", "250 2.1.5"), ("bob@far.example", "554 5.7.1")])
def test_gone(lab: Scene, good: Remote, mail_host: MailHost, to: str, reply: str) -> None:
    """Mail is taken and delivered, and relaying denied, as ever; neither is a verdict."""
    mail_host.lose_log()
    seen = good.send(to=to, limit=0.3)
    assert str(seen.reply("RCPT")).startswith(reply)
    for check in (accepted(), refused("RCPT", 554)):
        with pytest.raises(LabError, match=r"the log of the session .* was not complete"):
            lab.check(seen, check)


def test_back(lab: Scene, good: Remote) -> None:
    """The next test sees a mail from its first line to its last."""
    lab.check(good.send(), accepted(), delivered())
