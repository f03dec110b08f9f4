"""The addresses that a client of the mail host can have.

Nearly all: every address is local in the Internet's container. The exceptions are addresses that no packet can come
from, and the addresses of the resolvers, the sink and the mail hosts. The loghost's own can be one: it only listens
for syslog there, and clients of the SPF test suite have it.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from postfix_lab.addresses import RESOLVER, RESOLVER6, SINK, mail_host
from postfix_lab.errors import InputError
from postfix_lab.scenario.ptr import parse_address

_LAB = {
    SINK: "the lab's sink",
    RESOLVER: "the lab's resolver",
    RESOLVER6: "the lab's resolver",
    **dict.fromkeys(mail_host(0), "the mail host's own address"),
}
_BROADCAST = IPv4Address("255.255.255.255")
_REMEDY = (
    "Any other unicast address can be one, such as 203.0.113.9 or 2001:db8:113::9; for a client on the mail host "
    "itself say `local`"
)


def client_problem(address: str) -> str | None:
    """Return why no client can have that address, or None; raises InputError for what is no address."""
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        return f"the IPv4 address {parsed.ipv4_mapped} as an IPv6 socket shows it"
    kinds = (
        (parsed.is_unspecified, "the unspecified address"),
        (parsed.is_loopback, "a loopback address"),
        (parsed.is_multicast, "a multicast address"),
        (parsed == _BROADCAST, "the broadcast address"),
        (parsed.version == 6 and parsed.is_link_local, "a link-local address, which needs a scope"),  # noqa: PLR2004
    )
    return next((kind for applies, kind in kinds if applies), _LAB.get(str(parsed)))


def require_client(address: str, own: tuple[str, ...] = ()) -> None:
    """Raise InputError unless a client can have that address; `own`: further addresses of mail hosts."""
    problem = "the mail host's own address" if address in own else client_problem(address)
    if problem:
        raise InputError(f"{address} cannot be a client: it is {problem}. {_REMEDY}")
