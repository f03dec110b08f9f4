"""What a setup's collaborators bring goes with them: folders, owners, modes, sockets, files and what they remember."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from postfix_lab import MakeRemote, Scene, accepted, refused, warned
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.mail_host import MailHost
from postfix_lab.runtime.setup import Setup

pytestmark = pytest.mark.mail_host(debian=(12, 13))
Change = Callable[[Setup], str]
SEED = Setup(CONFIGURATIONS / "seed")
MILTER = replace(SEED, main={"smtpd_milters": "unix:grey/m/milter.sock", "milter_default_action": "accept"})
STUB = replace(SEED, main={"smtpd_recipient_restrictions": "check_policy_service unix:grey/socket"})
GREY = replace(STUB, policy="postgrey", canary=False)
BOTH = replace(GREY, main={**MILTER.main, **STUB.main})
NOTHING = Setup(CONFIGURATIONS / "debian-default", canary=False)
_PORTRAIT = (
    r"find /var/spool/postfix -maxdepth 3 \( -type d -o -type s \) -printf '%p %u:%g %m\n' | sort"
    "; find /etc/dovecot /etc/postfix-policyd-spf-python -type f -printf '%u:%g %m ' -exec md5sum {} + | sort"
    "; find /var/lib/postgrey -type f"
)


@pytest.fixture
def change(lab: Scene, mail_host: MailHost) -> Change:
    """Go over to a setup; returns what folders and sockets there are then, with their owners and modes, and what files."""

    def to(setup: Setup) -> str:
        assert lab.executor.lab.mail_host(mail_host.debian, setup) is mail_host
        return mail_host.shell(_PORTRAIT)

    return to


@pytest.mark.parametrize("setup", [MILTER, BOTH, SEED], ids=["milter", "milter and postgrey", "dovecot"])
def test_nothing_stays(change: Change, setup: Setup) -> None:
    """A setup that needs nothing meets the mail host as the image has it, whatever came between."""
    before = change(NOTHING)
    assert change(setup) != before
    assert change(NOTHING) == before


@pytest.mark.parametrize(
    "one, other", [(STUB, GREY), (BOTH, MILTER)], ids=["stub and postgrey", "with postgrey and without"]
)
def test_in_both_orders(change: Change, mail_host: MailHost, one: Setup, other: Setup) -> None:
    """Setups whose sockets are in the same folder, with other owners, find it as if they had come first."""
    change(NOTHING)
    first = _own(change(one))
    second = _own(change(other))
    assert "grey " in first
    assert _own(change(one)) == first
    change(NOTHING)
    assert _own(change(other)) == second
    assert ("/grey postgrey:postgrey 755" in first) is (one is BOTH)
    assert ("/grey postgrey:postgrey 755" in second) is (other is GREY)


@pytest.mark.mail_host(debian=11)
def test_what_the_canary_tells_a_greylister(lab: Scene, remote: MakeRemote, change: Change, mail_host: MailHost) -> None:
    """It is forgotten: Postfix 3.5 asks the greylister before it refuses the stranger's relay attempt."""
    ask = {"smtpd_recipient_restrictions": "check_policy_service inet:127.0.0.1:10023"}
    setup = replace(SEED, main=ask, policy="postgrey", canary=False)
    change(NOTHING)
    change(setup)
    lab.check(remote("203.0.113.10", name="mail.good.example").send(), refused("RCPT", 450, "4.2.0"))
    assert "canary" not in mail_host.shell("cat /var/lib/postgrey/* | tr -cd '[:print:]'")


def test_a_socket_that_is_gone(lab: Scene, remote: MakeRemote, change: Change) -> None:
    """A milter that is absent has no socket, though the test before had one there."""
    client = remote("203.0.113.10", name="mail.good.example")
    change(MILTER)
    lab.check(client.send(), accepted())
    change(replace(MILTER, milter="absent"))
    lab.check(client.send(), accepted(), warned("connect to Milter service .*: No such file or directory"))


def _own(portrait: str) -> str:
    return "\n".join(line for line in portrait.split("\n") if "/grey" in line)
