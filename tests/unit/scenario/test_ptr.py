"""The ways in which a reverse lookup goes, and the names that it is asked by."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from postfix_lab.errors import InputError
from postfix_lab.scenario.ptr import Ptr, PtrKind, parse_address, reverse_name, reverse_origin


def test_each_way_has_its_kind() -> None:
    """The kinds are words that cross to the Internet's container and stand in the evidence."""
    made = [
        Ptr(), Ptr.right(), Ptr.missing(), Ptr.to("a", "b"), Ptr.to("a", forward=False), Ptr.mismatch("a"), Ptr.nxdomain("a"),
        Ptr.nodata("a"), Ptr.forward_servfail("a"), Ptr.forward_timeout("a"), Ptr.servfail(), Ptr.timeout(),
    ]  # fmt: skip
    assert [(str(ptr.kind), ptr.names) for ptr in made] == [
        ("right", ()), ("right", ()), ("missing", ()), ("to", ("a", "b")), ("unconfirmed", ("a",)), ("mismatch", ("a",)),
        ("nxdomain", ("a",)), ("nodata", ("a",)), ("forward-servfail", ("a",)), ("forward-timeout", ("a",)), ("servfail", ()),
        ("timeout", ()),
    ]  # fmt: skip
    assert {ptr.kind for ptr in made} == set(PtrKind)


def test_to_nobody() -> None:
    """The remedy is named."""
    with pytest.raises(InputError, match=r"^Ptr.to needs a name; Ptr.missing\(\) says that there is none$"):
        Ptr.to()


@pytest.mark.parametrize(
    "text, told",
    [("192.0.2", "'192.0.2' is not an IPv4 or IPv6 address"), ("fe80::1%eth0", "'fe80::1%eth0' has a scope; an address on the Internet has none")],
)
def test_what_is_no_address(text: str, told: str) -> None:
    """A scope is none of the Internet's."""
    with pytest.raises(InputError, match=f"^{told}$"):
        parse_address(text)


@pytest.mark.parametrize("text", ["192.0.2.1", "2001:db8::1"])
def test_an_address(text: str) -> None:
    """Of either family."""
    assert str(parse_address(text)) == text


def test_the_name_of_a_reverse_lookup() -> None:
    """RFC 1035 section 3.5, and the /24 or /64 that it is in."""
    four, six = reverse_name(ip_address("192.0.2.1")), reverse_name(ip_address("2001:db8::1"))
    assert four == "1.2.0.192.in-addr.arpa"
    assert reverse_origin(tuple(label.encode() for label in four.split("."))) == (b"2", b"0", b"192", b"in-addr", b"arpa")
    origin = reverse_origin(tuple(label.encode() for label in six.split(".")))
    assert origin is not None
    assert b".".join(origin) == b"0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
    assert reverse_origin((b"lab", b"test")) is None
    assert reverse_origin((b"x", b"arpa")) is None
