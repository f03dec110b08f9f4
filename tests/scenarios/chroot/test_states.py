"""The chroot in order: as Debian fills it, copied wholesale as in the seed article, or turned off."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Scene, accepted, asked, connected_as, delivered


@pytest.mark.mail_host(chroot=("packaged", "copied", "off"))
@pytest.mark.parametrize("address, rtype", [("203.0.113.10", "A"), ("2001:db8:113::10", "AAAA")])
def test_a_good_client_has_its_name(lab: Scene, remote: MakeRemote, address: str, rtype: str) -> None:
    """The daemon asks for PTR and address, logs the client by name and takes its mail."""
    seen = remote(address, name="mail.good.example").send()
    lab.check(
        seen,
        asked(address, "PTR", answers="mail.good.example"),
        asked("mail.good.example", rtype, answers=address),
        connected_as("mail.good.example"),
        accepted(),
        delivered(to="bob@lab.test"),
    )
