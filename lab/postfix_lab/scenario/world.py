"""The world of a scenario: written zones, hosts with the records derived from them, and faults.

A host is an address with a name and a reverse lookup. Its DNS records are derived here as zone text, so that a person
can read what the DNS serves. Where a zone and a host give the same name, both count: the host's records are added to
the zone, except those of a type that the zone has for that name.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.name import Labels, absolute_name, lower, present
from postfix_lab.dns.zone import Zone, ZoneText
from postfix_lab.errors import InputError
from postfix_lab.paths import read_limited
from postfix_lab.scenario.ptr import Address, Ptr, PtrKind, parse_address, reverse_name, reverse_origin
from postfix_lab.smtp.behaviour import ACCEPT, Behaviour

__all__ = ["Host", "Ptr", "World", "local", "zone", "zone_file"]

_MOST = 16 << 20
_SOMEBODY_ELSE = ("A 198.51.100.1", "AAAA 2001:db8:ffff::1")
"""The addresses of another host, whose name `Ptr.mismatch` uses."""
_FAILURES = {
    PtrKind.SERVFAIL: FaultKind.SERVFAIL,
    PtrKind.FORWARD_SERVFAIL: FaultKind.SERVFAIL,
    PtrKind.TIMEOUT: FaultKind.TIMEOUT,
    PtrKind.FORWARD_TIMEOUT: FaultKind.TIMEOUT,
}


@dataclass(frozen=True)
class Host:
    """A remote host: its addresses, its name, its EHLO name, and the result of its reverse lookup.

    `addresses` may be one string. `mta` is how it answers on its ports; None: nobody is there. Raises
    `InputError` if an address or a name is none.

    >>> Host("203.0.113.9").greeting, Host("203.0.113.9", "mail.good.example").greeting
    ('[203.0.113.9]', 'mail.good.example')
    """

    addresses: tuple[str, ...]
    name: str | None = None
    helo: str | None = None
    ptr: Ptr = field(default_factory=Ptr.right)
    mta: Behaviour | None = None

    if TYPE_CHECKING:
        # The field is a tuple; the constructor also takes a single address.
        def __init__(
            self,
            addresses: str | Sequence[str],
            name: str | None = None,
            helo: str | None = None,
            ptr: Ptr = ...,
            mta: Behaviour | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        """Normalize the addresses; raise InputError for an invalid address or name."""
        given = (self.addresses,) if isinstance(self.addresses, str) else self.addresses
        object.__setattr__(self, "addresses", tuple(str(parse_address(address)) for address in given))
        if not self.addresses:
            raise InputError(f"the host {self.name or '(no name)'} has no address")
        for name in (self.own_name, *self.ptr.names):
            _check_name(name, self.own_name)

    @property
    def own_name(self) -> str:
        """The host's name, or one derived from its first address: `host-203-0-113-9.example`."""
        # A label does not end in a hyphen, and an IPv6 address may end in colons.
        label = self.addresses[0].replace(".", "-").replace(":", "-").rstrip("-")
        return self.name or f"host-{label}.example"

    @property
    def greeting(self) -> str:
        """The name in EHLO: `helo`, else the host's name, else its address literal (RFC 5321 section 4.1.3)."""
        first = self.addresses[0]
        return self.helo or self.name or (f"[IPv6:{first}]" if ":" in first else f"[{first}]")

    @property
    def local(self) -> bool:
        """Whether it is the mail host itself (`local()`), of whose loopback the DNS says nothing."""
        return self.addresses == LOCAL_ADDRESSES and self.name == "localhost"

    def records(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The names of the host, each with the records derived for it.

        A name without records must not exist, but its zone does.
        """
        addresses = tuple(map(parse_address, self.addresses))
        names, forward = self._claimed_names()
        pointers = tuple(f"PTR {name.rstrip('.')}." for name in names)
        return (
            *((reverse_name(address), pointers) for address in addresses),
            *((name, data) for name in names if (data := self._forward(forward, addresses)) is not None),
        )

    def dns_faults(self) -> tuple[Fault, ...]:
        """The faults of the reverse lookup and of its confirmation, for each address and address family."""
        if (failure := _FAILURES.get(self.ptr.kind)) is None:
            return ()
        addresses = tuple(map(parse_address, self.addresses))
        if self.ptr.kind in (PtrKind.SERVFAIL, PtrKind.TIMEOUT):
            return tuple(Fault(reverse_name(address), failure, "PTR") for address in addresses)
        types = dict.fromkeys(_type(address) for address in addresses)
        return tuple(Fault(name, failure, rtype) for name in self.ptr.names for rtype in types)

    def _claimed_names(self) -> tuple[tuple[str, ...], PtrKind]:
        """The names in its PTR records, and the kind of forward records that they get."""
        if self.ptr.kind in (PtrKind.RIGHT, PtrKind.SERVFAIL, PtrKind.TIMEOUT):
            return (self.own_name,), PtrKind.RIGHT
        return self.ptr.names, self.ptr.kind

    @staticmethod
    def _forward(kind: PtrKind, addresses: tuple[Address, ...]) -> tuple[str, ...] | None:
        """The records of a name in a PTR record; None: no record is derived and the name may exist elsewhere."""
        match kind:
            case PtrKind.UNCONFIRMED:
                return None
            case PtrKind.MISMATCH:
                return _SOMEBODY_ELSE
            case PtrKind.NXDOMAIN:
                return ()
            case PtrKind.NODATA:
                return ('TXT "this name has no address"',)
            case _:
                return tuple(f"{_type(address)} {address}" for address in addresses)


LOCAL_ADDRESSES = ("127.0.0.1", "::1")
"""Where a client on the mail host itself connects from."""


def local(helo: str | None = None) -> Host:
    """A client on the mail host itself, which connects from its loopback; `helo` is what it says in EHLO."""
    return Host(LOCAL_ADDRESSES, "localhost", helo)


@dataclass(frozen=True)
class World:
    """Everything outside the mail host: written zones, remote hosts, DNS faults, and the sink."""

    zones: tuple[ZoneText, ...] = ()
    hosts: tuple[Host, ...] = ()
    faults: tuple[Fault, ...] = ()
    sink: Behaviour | None = ACCEPT
    """How the sink answers as the mailbox server, over LMTP; None: nobody is there."""

    def dns_zones(self) -> tuple[ZoneText, ...]:
        """The written zones, then those derived from the hosts; raises InputError for a zone that cannot be parsed."""
        for text in self.zones:
            Zone.parse(text)
        return (*self.zones, *(text for host in self.hosts for text in _derive_zones(host)))

    def dns_faults(self) -> tuple[Fault, ...]:
        """The written faults, then those of the hosts; the first that matches wins."""
        return (*self.faults, *(fault for host in self.hosts for fault in host.dns_faults()))


def zone(text: str, origin: str | None = None) -> ZoneText:
    """A zone as RFC 1035 master file text, which may be indented like the code around it.

    `origin` is the zone's name; it may be left out if `$ORIGIN` or the owner of the SOA gives it.

    >>> zone("@ MX 10 mx", origin="far.example").origin
    'far.example'
    """
    return ZoneText(textwrap.dedent(text), origin=origin)


def zone_file(path: str | Path) -> ZoneText:
    """A zone from an RFC 1035 master file (UTF-8); raises `InputError` if the file cannot be read."""
    try:
        text = read_limited(Path(path), _MOST, "name a zone file as RFC 1035 has it").decode()
        return ZoneText(text.replace("\r\n", "\n").replace("\r", "\n"), source=str(path))
    except OSError as error:
        raise InputError(f"the zone file cannot be read: {error.strerror}", str(path)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(f"the zone file is not UTF-8: {error.reason}", str(path), line) from error


def forward_zone(name: str, addresses: Sequence[str], why: str) -> ZoneText:
    """A derived zone with address records for one name; written records for the name win."""
    parsed = [parse_address(address) for address in addresses]
    lines = [f"{name.rstrip('.')}. {_type(address)} {address}" for address in parsed]
    origin = _zone_of(lower(absolute_name(name)), exists=True)
    return ZoneText("\n".join((f"; {why}", *lines, "")), why, present(origin), derived=True)


def _derive_zones(host: Host) -> list[ZoneText]:
    """The derived zones of a host, one for each zone that its records belong to.

    Nobody gave the name in the PTR record of a host without one, so a written reverse zone is the whole truth about it.
    """
    lines: dict[Labels, list[str]] = {}
    unnamed = host.name is None and host.ptr.kind is PtrKind.RIGHT
    for name, records in host.records():
        here = lines.setdefault(_zone_of(lower(absolute_name(name)), exists=bool(records)), [])
        here.extend(f"{name.rstrip('.')}. {record}" for record in records)
    source = f"derived from host {host.own_name}"
    head = f"; {source} ({', '.join(host.addresses)})"
    added = {origin for origin in lines if unnamed and reverse_origin(origin) is not None}
    return [
        ZoneText("\n".join((head, *body, "")), source, present(origin), derived=True, added=origin in added)
        for origin, body in lines.items()
    ]


def _zone_of(name: Labels, *, exists: bool) -> Labels:
    """The /24 or /64 of an address, the last two labels of any other name.

    Where another zone holds the name, the DNS puts the record there (`Namespace`). A zone's own
    name exists, so one that must not exist gets a zone above it.
    """
    return reverse_origin(name) or (name[-2:] if exists else name[1:][-2:])


def _type(address: Address) -> str:
    return "A" if address.version == 4 else "AAAA"  # noqa: PLR2004 - IPv4


def _check_name(name: str, host: str) -> None:
    """Raise InputError unless the name is one word of zone text."""
    try:
        absolute_name(name)
    except ValueError as error:
        raise InputError(f"the host {host} cannot have that name: {error}") from error
    if not name or set(name) & set(' \t\r\n;()"'):
        raise InputError(f"the host {host} cannot have the name {name!r}; write odd octets as \\DDD")
