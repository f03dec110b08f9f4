"""Where a stub has to listen for a socket that a configuration names."""

from __future__ import annotations

import pytest

from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import Setting, begin_draft
from postfix_lab.fit.endpoints import endpoint, is_chrooted
from postfix_lab.fit.source import Source

QUEUE = "/var/spool/postfix"


@pytest.mark.parametrize(
    "place, listen, instead",
    [
        ("inet:127.0.0.1:25", "inet:127.0.0.1:25", ""),
        ("inet:localhost:25", "inet:127.0.0.1:25", ""),
        ("inet:ip6-localhost:25", "inet:127.0.0.1:25", ""),
        ("inet::25", "inet:127.0.0.1:25", ""),
        ("inet6:[::1]:25", "inet:::1:25", ""),
        ("inet:[::1]:25", "inet:::1:25", ""),
        ("inet:mx.example:25", "inet:127.0.0.1:25", "inet:127.0.0.1:25"),
        ("inet:[2001:db8::1]:25", "inet:127.0.0.1:25", "inet:127.0.0.1:25"),
        ("inet:8891@localhost", "inet:127.0.0.1:8891", ""),
        ("inet6:8891@::1", "", ""),
        ("inet6:8891@[::1]", "inet:::1:8891", ""),
        ("inet:8891@mx.example", "inet:127.0.0.1:8891", "inet:127.0.0.1:8891"),
        ("inet:25", "inet:127.0.0.1:25", "inet:127.0.0.1:25"),
        ("inet:a:b", "", ""),
        ("unix:private/x", f"unix:{QUEUE}/private/x", ""),
        ("local:x", f"unix:{QUEUE}/x", ""),
    ],
)
@pytest.mark.parametrize("chrooted", [True, False])
def test_a_place(place: str, listen: str, instead: str, *, chrooted: bool) -> None:
    """A host that is not this one is replaced; what is below the queue directory is there with a chroot and without."""
    assert endpoint(place, chrooted=chrooted) == (listen, instead)


@pytest.mark.parametrize("path", ["/run/x", "/var/x", "/tmp/x", "/usr/x", "/opt/x", "/home/x"])
def test_a_folder_of_servers(path: str) -> None:
    """It is outside of every chroot."""
    assert [endpoint(f"unix:{path}", chrooted=chrooted) for chrooted in (True, False)] == [(f"unix:{path}", "")] * 2


def test_another_absolute_path() -> None:
    """It is inside of the chroot for whoever is in it."""
    assert endpoint("unix:/srv/x", chrooted=True) == (f"unix:{QUEUE}/srv/x", "")
    assert endpoint("unix:/srv/x", chrooted=False) == ("unix:/srv/x", "")


@pytest.mark.parametrize(
    "master, chrooted",
    [
        ("smtp inet n - y - - smtpd\n", True),
        ("smtp inet n - n - - smtpd\n", False),
        ("smtp inet n - n - - smtpd\n587 inet n - y - - smtpd\n", True),
        ("smtp inet n - n - - smtpd\nlmtp unix - - y - - lmtp\n", False),
    ],
)
def test_who_reads_a_setting(master: str, *, chrooted: bool) -> None:
    """A parameter is read by each smtpd, an option by its own service."""
    draft = begin_draft(Source("/x", {"main.cf": "", "master.cf": master}, main="main.cf", master="master.cf"), Choices(), {}, "")
    assert is_chrooted(draft, Setting("smtpd_milters", "")) is chrooted
    own = [is_chrooted(draft, Setting("smtpd_milters", "", service=service)) for service in draft.services]
    assert own == [service.chrooted for service in draft.services]
