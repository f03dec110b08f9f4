"""PTR to a name that looks like an address: Postfix takes it for no name at all."""

from __future__ import annotations

import pytest

from postfix_lab import (
    MakeRemote,
    Ptr,
    Scene,
    asked,
    connected_as,
    logged,
    not_asked,
    not_delivered,
    refused,
    replied,
    warned,
)

NUMERIC = "198.51.100.12"
NUMERIC_NAME = f"{NUMERIC}."  # with the root dot it means this very name, not the reverse name of the address


@pytest.mark.parametrize("address", ["203.0.113.12", "2001:db8:113::12"])
def test_numeric_ptr_is_no_name(lab: Scene, remote: MakeRemote, address: str) -> None:
    """A PTR to 198.51.100.12 is warned about, never looked up, and refused even by the soft rule."""
    seen = remote(address, ptr=Ptr.to(NUMERIC, forward=False)).send()
    lab.check(
        seen,
        asked(address, "PTR", answers=NUMERIC),
        not_asked(NUMERIC_NAME),
        warned(f"numeric hostname: {NUMERIC}"),
        logged("NumericHostname", hostname=NUMERIC),
        connected_as("unknown"),
        refused("RCPT", 450, "4.7.1", f"cannot find your reverse hostname, [{address}]"),
        not_delivered(),
    )


def test_a_name_made_of_numbers_is_a_name(lab: Scene, remote: MakeRemote) -> None:
    """12.113.0.203.dynamic.isp.example, as dial-up lines have it, is a name like any other."""
    seen = remote("203.0.113.12", name="12.113.0.203.dynamic.isp.example").send(until="RCPT")
    lab.check(
        seen,
        asked("12.113.0.203.dynamic.isp.example", "A", answers="203.0.113.12"),
        connected_as("12.113.0.203.dynamic.isp.example"),
        replied("RCPT", 250),
    )
