"""Two PTR records: the resolver hands over the first one of the answer, and Postfix knows no other."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, MakeRemote, Ptr, Scene, accepted, asked, connected_as, not_asked, warned

ADDRESSES = pytest.mark.parametrize("address, rtype", [("203.0.113.14", "A"), ("2001:db8:113::14", "AAAA")])
RIGHT, WRONG = "mail.good.example", "old.good.example"


@ADDRESSES
def test_two_confirmed_names(lab: Scene, remote: MakeRemote, address: str, rtype: str) -> None:
    """Both names are right: the first is the client's name, the second is never looked up."""
    seen = remote(address, ptr=Ptr.to(RIGHT, "www.good.example")).send()
    lab.check(
        seen,
        asked(address, "PTR", answers=(RIGHT, "www.good.example")),
        asked(RIGHT, rtype, answers=address),
        not_asked("www.good.example"),
        connected_as(RIGHT),
        accepted(),
    )


@ADDRESSES
def test_confirmed_name_first(lab: Scene, remote: MakeRemote, dns: Dns, address: str, rtype: str) -> None:
    """A wrong second name does no harm, because nobody looks at it."""
    dns.zone(f"mail {rtype} {address}\n", origin="good.example")
    seen = remote(address, ptr=Ptr.to(RIGHT, WRONG, forward=False)).send()
    lab.check(seen, asked(address, "PTR", answers=(RIGHT, WRONG)), not_asked(WRONG), connected_as(RIGHT), accepted())


@ADDRESSES
def test_confirmed_name_second(lab: Scene, remote: MakeRemote, dns: Dns, address: str, rtype: str) -> None:
    """A right second name does no good: the client is unknown, so the order of the answer decides."""
    dns.zone(f"mail {rtype} {address}\n", origin="good.example")
    seen = remote(address, ptr=Ptr.to(WRONG, RIGHT, forward=False)).send()
    lab.check(
        seen,
        asked(address, "PTR", answers=(WRONG, RIGHT)),
        asked(WRONG, rtype, "NXDOMAIN"),
        not_asked(RIGHT),
        warned(f"hostname {WRONG} does not resolve to address {address}: Name or service not known"),
        connected_as("unknown"),
        accepted(),
    )
