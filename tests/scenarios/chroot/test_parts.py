"""What smtpd needs of all that is copied: resolv.conf, and on Debian 11 libnss_dns; docs/chroot.md has the table."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postfix_lab import MailHost, MakeRemote, Scene, accepted, asked, asked_nothing, connected_as, refused

CLIENT = "203.0.113.10"
ENOUGH = {11: "etc/resolv.conf lib/*/libnss_dns*", 12: "etc/resolv.conf", 13: "etc/resolv.conf"}
NO_PTR = "cannot find your reverse hostname"
KeepOnly = Callable[[str], None]
pytestmark = pytest.mark.mail_host(main={"unknown_client_reject_code": "550"})


def test_what_is_enough(lab: Scene, remote: MakeRemote, mail_host: MailHost, keep_only: KeepOnly) -> None:
    """One file, on Debian 11 two, and a client has its name."""
    keep_only(ENOUGH[mail_host.debian])
    seen = remote(CLIENT, name="mail.good.example").send()
    question = asked(CLIENT, "PTR", answers="mail.good.example")
    lab.check(seen, question, connected_as("mail.good.example"), accepted())


def test_without_resolv_conf(lab: Scene, remote: MakeRemote, keep_only: KeepOnly) -> None:
    """Everything but resolv.conf: nobody is asked, and the refusal is for now, whatever unknown_client_reject_code is."""
    keep_only("lib etc/[!r]*")
    seen = remote(CLIENT, name="mail.good.example").send()
    lab.check(seen, asked_nothing(), connected_as("unknown"), refused("RCPT", 450, "4.7.1", NO_PTR))


@pytest.mark.mail_host(debian=(11,))
def test_without_libnss_dns(lab: Scene, remote: MakeRemote, keep_only: KeepOnly) -> None:
    """Everything but libnss_dns on Debian 11: nobody is asked either, and yet the refusal is for good."""
    keep_only("etc lib/*/lib[gr]* lib/*/libnss_[!d]*")
    seen = remote(CLIENT, name="mail.good.example").send()
    lab.check(seen, asked_nothing(), connected_as("unknown"), refused("RCPT", 550, "5.7.1", NO_PTR))
