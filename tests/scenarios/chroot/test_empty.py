"""The empty chroot of the seed article: every client is unknown, no DNS question is asked, and nothing is logged about it.

Debian 11 and 12 fill the chroot in their init script and unit, which a bare `postfix start` passes by; since
Debian 13 `postfix start` does it itself.
"""

from __future__ import annotations

import pytest

from postfix_lab import (
    MailHost,
    MakeRemote,
    Scene,
    accepted,
    asked,
    asked_nothing,
    connected_as,
    delivered,
    not_delivered,
    refused,
)

ADDRESSES = pytest.mark.parametrize("address", ["203.0.113.10", "2001:db8:113::10"])
NO_PTR = "cannot find your reverse hostname"


@ADDRESSES
@pytest.mark.mail_host(chroot="empty", debian=(11, 12))
def test_a_good_client_is_unknown(lab: Scene, remote: MakeRemote, address: str) -> None:
    """A client with PTR and address in order is refused as if it had none: 450 4.7.1."""
    seen = remote(address, name="mail.good.example").send()
    refusal = refused("RCPT", 450, "4.7.1", f"{NO_PTR}, [{address}]")
    lab.check(seen, asked_nothing(), connected_as("unknown"), refusal, not_delivered())


@pytest.mark.mail_host(chroot="empty", debian=(11, 12), main={"unknown_client_reject_code": "550"})
def test_refused_for_good_on_debian_11(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """Without libnss_dns glibc 2.31 says that there is no such name, for sure; later ones only that they could not ask."""
    seen = remote("203.0.113.10", name="mail.good.example").send()
    code, enhanced = (550, "5.7.1") if mail_host.debian == 11 else (450, "4.7.1")
    lab.check(seen, asked_nothing(), connected_as("unknown"), refused("RCPT", code, enhanced, NO_PTR), not_delivered())


@ADDRESSES
@pytest.mark.mail_host(chroot="empty", debian=(13,))
def test_debian_13_fills_it_itself(lab: Scene, remote: MakeRemote, address: str) -> None:
    """The same emptied chroot and the same bare `postfix start`: the client has its name."""
    seen = remote(address, name="mail.good.example").send()
    question = asked(address, "PTR", answers="mail.good.example")
    lab.check(seen, question, connected_as("mail.good.example"), accepted(), delivered(to="bob@lab.test"))
