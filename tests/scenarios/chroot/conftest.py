"""Take things out of a filled chroot for the length of a test, to see what smtpd needs of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from postfix_lab import MailHost
from postfix_lab.postfix.parameters import QUEUE

ASIDE = "/var/spool/aside"

KeepOnly = Callable[[str], None]


@pytest.fixture
def keep_only(mail_host: MailHost) -> Iterator[KeepOnly]:
    """`keep_only("etc/resolv.conf")` leaves what these patterns name in etc and lib of the chroot, and nothing else.

    Moved, not deleted: an smtpd that still runs keeps its libraries. `postfix start` would fill the chroot again
    on Debian 13, so it is a reload that brings fresh smtpds.
    """

    def keep(patterns: str) -> None:
        mail_host.shell(f"mkdir {ASIDE} && cd {QUEUE} && mv etc lib {ASIDE} && mkdir etc lib")
        mail_host.shell(f"cd {ASIDE} && cp -a --parents {patterns} {QUEUE}")
        mail_host.reload()

    yield keep
    mail_host.shell(f"cd {QUEUE} && rm -rf etc lib && mv {ASIDE}/* . && rmdir {ASIDE}")
    mail_host.reload()
