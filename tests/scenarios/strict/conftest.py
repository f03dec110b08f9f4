"""The block and allow lists that the strict host asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postfix_lab import Dns


@pytest.fixture(autouse=True)
def list_client(dns: Dns) -> Callable[[str, str], None]:
    """All three lists exist and are empty; the function puts a client into one of them."""
    for name in ("bl.example", "wl.example", "bl2.example"):
        dns.zone('@ TXT "a list of addresses"', origin=name)

    def put(name: str, address: str) -> None:
        dns.zone(f"{'.'.join(reversed(address.split('.')))} A 127.0.0.2", origin=name)

    return put
