"""`postfix check` compares the chroot's copies with the originals: it warns on Debian 11 and 12 and mends on 13."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from postfix_lab import Internet, MailHost, MakeRemote, Scene, asked, connected_as, delivered
from postfix_lab.addresses import RESOLVER, STALE_RESOLVER
from postfix_lab.postfix.parameters import QUEUE

CLIENT = "203.0.113.10"
pytestmark = pytest.mark.mail_host(chroot="stale")


@pytest.mark.mail_host(debian=(11, 12))
def test_postfix_check_warns(mail_host: MailHost, internet: Internet) -> None:
    """It logs which copy differs, and leaves that as it is."""
    internet.clear()
    mail_host.shell("postfix check")
    assert internet.barrier(*mail_host.mark())
    said = [line.text for line in internet.sighting().other_log]
    assert f"warning: {QUEUE}/etc/resolv.conf and /etc/resolv.conf differ" in said


@pytest.fixture
def stale_again(mail_host: MailHost) -> Iterator[None]:
    """Afterwards the copy is as old as it was before."""
    yield
    mail_host.shell(f"sed -i s/{RESOLVER}/{STALE_RESOLVER}/ {QUEUE}/etc/resolv.conf")
    mail_host.reload()


@pytest.mark.usefixtures("stale_again")
@pytest.mark.mail_host(debian=(13,))
def test_postfix_check_mends(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """On Debian 13 it brings the copies up to date, and the next smtpd knows the client."""
    mail_host.shell("postfix check")
    mail_host.reload()
    seen = remote(CLIENT, name="mail.good.example").send()
    question = asked(CLIENT, "PTR", answers="mail.good.example")
    lab.check(seen, question, connected_as("mail.good.example"), delivered(to="bob@lab.test"))
