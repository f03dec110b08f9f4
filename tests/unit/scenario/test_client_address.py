"""Which addresses a client of the mail host can have."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.scenario.client_address import client_problem, require_client


@pytest.mark.parametrize(
    "address, why",
    [
        ("0.0.0.0", "unspecified"),  # noqa: S104 - no socket
        ("::", "unspecified"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.255", "loopback"),
        ("::1", "loopback"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "broadcast"),
        ("fe80::1", "link-local"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("192.0.2.53", "resolver"),
        ("2001:db8:2::53", "resolver"),
        ("2001:0db8:2:0::53", "resolver"),
        ("192.0.2.24", "sink"),
        ("192.0.2.25", "own address"),
        ("2001:db8:2::25", "own address"),
    ],
)
def test_address_that_cannot_be_had(address: str, why: str) -> None:
    """One sentence with the reason, and with addresses that can be had."""
    assert why in (client_problem(address) or "")
    with pytest.raises(InputError, match=rf"{address} cannot be a client: it is .*{why}.*203\.0\.113\.9 or .*`local`"):
        require_client(address)


@pytest.mark.parametrize(
    "address",
    ["203.0.113.9", "10.0.0.0", "192.0.2.2", "203.0.113.255", "0.1.2.3", "126.255.255.255", "128.0.0.1", "169.254.3.4", "192.0.2.1",
     "192.0.2.30", "223.255.255.255", "240.0.0.1", "255.255.255.254", "2001:db8::1", "fd00::1", "fec0::1", "::5"],
)  # fmt: skip
def test_address_that_can_be_had(address: str) -> None:
    """All others, reserved or not."""
    assert client_problem(address) is None
    require_client(address)


def test_address_of_another_mail_host() -> None:
    """The mail hosts that run are known when a scenario is."""
    with pytest.raises(InputError, match=r"192\.0\.2\.30 cannot be a client: it is the mail host's own address"):
        require_client("192.0.2.30", ("192.0.2.30", "2001:db8:2::30"))


def test_no_address_at_all() -> None:
    """A mistake of another kind."""
    with pytest.raises(InputError, match="not an IPv4 or IPv6 address"):
        client_problem("localhost")
