"""Sockets that only a service of master.cf can make."""

from __future__ import annotations

import pytest

from postfix_lab.fit.own_sockets import own_socket, serves
from postfix_lab.postfix.files.master_cf import services

QUEUE = "/var/spool/postfix"


@pytest.mark.parametrize(
    "listen, own",
    [
        (f"unix:{QUEUE}/private/policy-spf", "private/policy-spf"),
        (f"unix:{QUEUE}/public/policy", "public/policy"),
        (f"unix:{QUEUE}/private/greylist", "private/greylist"),
        (f"unix:{QUEUE}/private/quota-status", ""),
        (f"unix:{QUEUE}/private/postgrey", ""),
        (f"unix:{QUEUE}/postgrey/socket", ""),
        (f"unix:{QUEUE}/private/deeper/x", ""),
        ("unix:/run/policy", ""),
        ("inet:127.0.0.1:10031", ""),
    ],
)
def test_own_socket(listen: str, own: str) -> None:
    """Those in `private` and `public`, except for the names of servers that put theirs there."""
    assert own_socket(listen) == own


def test_serves() -> None:
    """A service listens in the folder that its third field says, or at its port."""
    private, public, port = services("a unix - n n - 0 spawn\na unix n n n - 0 spawn\n127.0.0.1:10031 inet n n n - 0 spawn\n")[-3:]
    places = (f"unix:{QUEUE}/private/a", f"unix:{QUEUE}/public/a", "inet:127.0.0.1:10031")
    assert [[serves(service, place) for place in places] for service in (private, public, port)] == [
        [True, False, False], [False, True, False], [False, False, True],
    ]  # fmt: skip
