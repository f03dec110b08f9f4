"""PTR and address record agree: the client has a name, and its mail is delivered."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Scene, accepted, asked, connected_as, delivered, logged


@pytest.mark.parametrize("address", ["203.0.113.10", "2001:db8:113::10"])
def test_confirmed_name_is_accepted(lab: Scene, remote: MakeRemote, address: str) -> None:
    """A client whose PTR is confirmed by A or AAAA is logged by name and accepted."""
    seen = remote(address, name="mail.good.example").send()
    lab.check(
        seen,
        asked(address, "PTR", answers="mail.good.example"),
        asked("mail.good.example", "AAAA" if ":" in address else "A", answers=address),
        connected_as("mail.good.example"),
        accepted(),
        logged("Accepted", name="mail.good.example", address=address),
        delivered(to="bob@lab.test"),
    )
