"""The result of the reverse lookup of an address: correct, or wrong in one of several ways."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address

from postfix_lab.dns.name import Labels, is_below
from postfix_lab.errors import InputError

Address = IPv4Address | IPv6Address


class PtrKind(StrEnum):
    """The results that mail servers distinguish."""

    RIGHT = "right"
    MISSING = "missing"
    TO = "to"
    UNCONFIRMED = "unconfirmed"
    MISMATCH = "mismatch"
    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    FORWARD_SERVFAIL = "forward-servfail"
    FORWARD_TIMEOUT = "forward-timeout"
    SERVFAIL = "servfail"
    TIMEOUT = "timeout"


@dataclass(frozen=True)
class Ptr:
    """The result of the reverse lookup of a host's addresses, and whether the forward lookup confirms it.

    The class methods name the cases; `remote("203.0.113.9", ptr=Ptr.missing())`.
    """

    kind: PtrKind = PtrKind.RIGHT
    names: tuple[str, ...] = ()

    @classmethod
    def right(cls) -> Ptr:
        """A PTR record with the host's own name, which resolves to all of the host's addresses."""
        return cls()

    @classmethod
    def missing(cls) -> Ptr:
        """No PTR record: NXDOMAIN from a reverse zone that exists."""
        return cls(PtrKind.MISSING)

    @classmethod
    def to(cls, *names: str, forward: bool = True) -> Ptr:
        """PTR records with these names, which resolve to the host's addresses; without `forward` they get no records.

        Raises `InputError` if there is no name.
        """
        if not names:
            raise InputError("Ptr.to needs a name; Ptr.missing() says that there is none")
        return cls(PtrKind.TO if forward else PtrKind.UNCONFIRMED, names)

    @classmethod
    def mismatch(cls, name: str) -> Ptr:
        """A PTR record with the name of another host, whose addresses are 198.51.100.1 and 2001:db8:ffff::1."""
        return cls(PtrKind.MISMATCH, (name,))

    @classmethod
    def nxdomain(cls, name: str) -> Ptr:
        """A PTR record with a name that does not exist, in a zone that does."""
        return cls(PtrKind.NXDOMAIN, (name,))

    @classmethod
    def nodata(cls, name: str) -> Ptr:
        """A PTR record with a name that exists (it has a TXT record) but has no address."""
        return cls(PtrKind.NODATA, (name,))

    @classmethod
    def forward_servfail(cls, name: str) -> Ptr:
        """A PTR record with a name whose address lookup ends with SERVFAIL."""
        return cls(PtrKind.FORWARD_SERVFAIL, (name,))

    @classmethod
    def forward_timeout(cls, name: str) -> Ptr:
        """A PTR record with a name whose address lookup is never answered."""
        return cls(PtrKind.FORWARD_TIMEOUT, (name,))

    @classmethod
    def servfail(cls) -> Ptr:
        """A PTR lookup that ends with SERVFAIL."""
        return cls(PtrKind.SERVFAIL)

    @classmethod
    def timeout(cls) -> Ptr:
        """A PTR lookup that is never answered."""
        return cls(PtrKind.TIMEOUT)


def parse_address(text: str) -> Address:
    """Parse an IP address; raises InputError, also for an address with a scope (`%eth0`)."""
    try:
        address = ip_address(text)
    except ValueError:
        raise InputError(f"{text!r} is not an IPv4 or IPv6 address") from None
    if isinstance(address, IPv6Address) and address.scope_id:
        raise InputError(f"{text!r} has a scope; an address on the Internet has none")
    return address


def reverse_name(address: Address) -> str:
    """The name of an address's PTR records (RFC 1035 section 3.5, RFC 3596 section 2.5)."""
    return address.reverse_pointer


def reverse_origin(name: Labels) -> Labels | None:
    """The reverse zone of a name below in-addr.arpa or ip6.arpa: its /24 or /64; None for other names."""
    if is_below(name, (b"in-addr", b"arpa")):
        return name[1:]
    if is_below(name, (b"ip6", b"arpa")):
        return name[16:]
    return None
