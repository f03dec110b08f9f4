"""What follows from a host's declaration: reverse and forward records, and faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.namespace import Namespace, ZoneAnswer
from postfix_lab.errors import InputError
from postfix_lab.scenario.world import Host, Ptr, World, zone, zone_file

ADDRESS, REVERSE = "203.0.113.9", "9.113.0.203.in-addr.arpa"
ADDRESS6 = "2001:db8:113::9"
REVERSE6 = "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.1.1.0.8.b.d.0.1.0.0.2.ip6.arpa"


def ask(world: World, name: str, rtype: str) -> ZoneAnswer:
    """What the DNS of that world says, its faults left out."""
    return Namespace(world.dns_zones()).answer(name, rtype)


def told(world: World, name: str, rtype: str) -> list[str]:
    """The same, as text; the outcome where there is no answer."""
    answer = ask(world, name, rtype)
    return [r.text for r in answer.answers] or [answer.outcome]


def one(ptr: Ptr, name: str | None = "mail.good.example") -> World:
    """A world with one host at both addresses."""
    return World(hosts=(Host((ADDRESS, ADDRESS6), name=name, ptr=ptr),))


def test_right_ptr_is_confirmed_for_every_address() -> None:
    """PTR to the own name over both families, and both addresses at that name."""
    world = one(Ptr.right())
    assert told(world, REVERSE, "PTR") == told(world, REVERSE6, "PTR") == ["mail.good.example."]
    assert told(world, "mail.good.example", "A") == [ADDRESS]
    assert told(world, "mail.good.example", "AAAA") == [ADDRESS6]


def test_missing_ptr_is_nxdomain_in_a_zone() -> None:
    """The reverse zone exists, the address has no name in it; the zone's own name is NODATA."""
    world = one(Ptr.missing())
    answer = ask(world, REVERSE, "PTR")
    assert (answer.outcome, answer.outside) == ("NXDOMAIN", False)
    assert ask(world, REVERSE6, "PTR").outside is False
    assert told(world, "113.0.203.in-addr.arpa", "PTR") == ["NODATA"]


def test_several_ptrs_with_and_without_forward_records() -> None:
    """Each name is in the answer; `forward=False` says nothing about the names."""
    names = ("a.good.example", "b.other.example")
    with_records, without = one(Ptr.to(*names)), one(Ptr.to(*names, forward=False))
    assert told(with_records, REVERSE, "PTR") == told(without, REVERSE, "PTR") == [f"{n}." for n in names]
    assert told(with_records, "b.other.example", "AAAA") == [ADDRESS6]
    assert ask(without, "b.other.example", "AAAA").outside


def test_mismatch_points_to_somebody_else() -> None:
    """The name has addresses, none of them the host's."""
    world = one(Ptr.mismatch("mail.famous.example"))
    assert told(world, REVERSE, "PTR") == ["mail.famous.example."]
    assert told(world, "mail.famous.example", "A") == ["198.51.100.1"]
    assert told(world, "mail.famous.example", "AAAA") == ["2001:db8:ffff::1"]


@pytest.mark.parametrize("name", ["ghost", "ghost.example", "very.ghost.example"])
@pytest.mark.parametrize("make,outcome", [(Ptr.nxdomain, "NXDOMAIN"), (Ptr.nodata, "NODATA")])
def test_names_without_address_are_told_apart(make: object, outcome: str, name: str) -> None:
    """One does not exist, the other has a TXT record only; neither is outside the zones."""
    world = one(make(name))  # type: ignore[operator]
    answer = ask(world, name, "A")
    assert told(world, REVERSE, "PTR") == [f"{name}."]
    assert (answer.outcome, ask(world, name, "TXT").outcome == "NOERROR") == (outcome, outcome == "NODATA")
    assert ask(world, f"x.{name}", "A").outcome == "NXDOMAIN"


@pytest.mark.parametrize("make,kind", [(Ptr.servfail, "SERVFAIL"), (Ptr.timeout, "TIMEOUT")])
def test_failing_ptr_lookup_is_a_fault_for_each_address(make: object, kind: str) -> None:
    """The faults are about the PTR questions alone."""
    faults = one(make()).dns_faults()  # type: ignore[operator]
    assert faults == (Fault(REVERSE, FaultKind(kind), "PTR"), Fault(REVERSE6, FaultKind(kind), "PTR"))


@pytest.mark.parametrize("make,kind", [(Ptr.forward_servfail, "SERVFAIL"), (Ptr.forward_timeout, "TIMEOUT")])
def test_failing_forward_lookup_is_a_fault_of_the_hosts_family(make: object, kind: str) -> None:
    """An IPv4 host's name fails for A; its TXT, which SPF asks for, does not."""
    world = World(hosts=(Host(ADDRESS, ptr=make("slow.example")),))  # type: ignore[operator]
    assert world.dns_faults() == (Fault("slow.example", FaultKind(kind), "A"),)
    assert told(world, REVERSE, "PTR") == ["slow.example."]


def test_written_faults_come_first() -> None:
    """The first match wins, and what somebody wrote is meant to win."""
    mine = Fault(REVERSE, FaultKind.DELAY, "PTR", 0.1)
    world = World(hosts=(Host(ADDRESS, ptr=Ptr.timeout()),), faults=(mine,))
    assert [fault.kind for fault in world.dns_faults()] == [FaultKind.DELAY, FaultKind.TIMEOUT]


def test_derived_records_join_the_written_zone() -> None:
    """The written zone keeps its records, gets those it lacks, and wins where both speak."""
    text = "@ MX 10 mail\nmail A 198.51.100.7\n"
    world = World((zone(text, "good.example"),), (Host((ADDRESS, ADDRESS6), name="mail.good.example"),))
    assert told(world, "mail.good.example", "A") == ["198.51.100.7"]
    assert told(world, "mail.good.example", "AAAA") == [ADDRESS6]
    assert told(world, "good.example", "MX") == ["10 mail.good.example."]


def test_written_reverse_zone_wins() -> None:
    """A PTR that somebody wrote out is not joined by the derived one."""
    world = World((zone("9 PTR written.example.", "113.0.203.in-addr.arpa"),), (Host(ADDRESS),))
    assert told(world, REVERSE, "PTR") == ["written.example."]


def test_numeric_ptr() -> None:
    """A name of digits is a name like any other."""
    world = one(Ptr.to(ADDRESS))
    assert told(world, REVERSE, "PTR") == [f"{ADDRESS}."]
    assert told(world, ADDRESS, "A") == [ADDRESS]


def test_zone_text_says_where_it_comes_from() -> None:
    """A person can read what was derived, and from which host."""
    text = one(Ptr.right()).dns_zones()[-1]
    assert (text.source, text.origin, text.derived) == ("derived from host mail.good.example", "good.example", True)
    assert text.text.splitlines()[1] == f"mail.good.example. A {ADDRESS}"


@pytest.mark.parametrize(
    "host,helo,own_name",
    [
        (Host(ADDRESS), "[203.0.113.9]", "host-203-0-113-9.example"),
        (Host(ADDRESS6), "[IPv6:2001:db8:113::9]", "host-2001-db8-113--9.example"),
        (Host(ADDRESS, name="a.example"), "a.example", "a.example"),
        (Host(ADDRESS, name="a.example", helo="liar"), "liar", "a.example"),
    ],
)
def test_host_has_a_name_and_a_greeting(host: Host, helo: str, own_name: str) -> None:
    """HELO is what is given, else the name, else the address literal."""
    assert (host.greeting, host.own_name) == (helo, own_name)


def test_addresses_are_spelled_one_way() -> None:
    """One string is one address; IPv6 is compressed and in lower case."""
    assert Host("2001:DB8:0::1").addresses == ("2001:db8::1",)
    assert Host("2001:DB8:0::1") == Host(["2001:db8::1"])


@pytest.mark.parametrize(
    "addresses,name,sentence",
    [
        ("203.0.113.300", None, "'203.0.113.300' is not an IPv4 or IPv6 address"),
        ("fe80::1%eth0", None, "has a scope"),
        ((), "a.example", "has no address"),
        (ADDRESS, "a..example", "empty label"),
        (ADDRESS, "two words.example", "write odd octets as"),
    ],
)
def test_host_that_cannot_be_is_a_sentence(addresses: str, name: str | None, sentence: str) -> None:
    """The slip is reported where the host is declared."""
    with pytest.raises(InputError, match=sentence):
        Host(addresses, name=name)


def test_ptr_to_nobody_is_a_sentence() -> None:
    """No name at all is what Ptr.missing() is for."""
    with pytest.raises(InputError, match=r"Ptr\.missing"):
        Ptr.to()


def test_zone_is_dedented() -> None:
    """Owners stand at the line's start however deep the test is indented."""
    text = zone(
        """
        @   MX 10 mx
            TXT hello
        """,
        origin="lab.test",
    )
    assert told(World((text,)), "lab.test", "TXT") == ['"hello"']


def test_zone_file_keeps_its_name(tmp_path: Path) -> None:
    """A slip in the file is reported with its path and line."""
    path = tmp_path / "bad.zone"
    path.write_text("$ORIGIN lab.test.\nx A nonsense\n")
    with pytest.raises(InputError, match=r"bad\.zone:2: A needs an IPv4 address"):
        World((zone_file(path),)).dns_zones()


@pytest.mark.parametrize("content,sentence", [(None, "cannot be read"), (b"x TXT \xff", "not UTF-8")])
def test_unreadable_zone_file_is_a_sentence(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    """Missing or not text: InputError with the path."""
    path = tmp_path / "my.zone"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=rf"my\.zone(:1)?: .*{sentence}"):
        zone_file(path)


def test_reverse_zone_is_the_whole_truth_about_an_unnamed_host() -> None:
    """Nobody gave the name of such a host; a host with a name, or with a lookup of its own, says it itself."""
    reverse = (zone("10 PTR mail.other.example.", origin="113.0.203.in-addr.arpa"),)
    unnamed, named = World(reverse, (Host(ADDRESS),)), World(reverse, (Host(ADDRESS, "mail.good.example"),))
    assert told(unnamed, REVERSE, "PTR") == ["NXDOMAIN"]
    assert told(named, REVERSE, "PTR") == ["mail.good.example."]
    assert told(World(reverse, (Host(ADDRESS, ptr=Ptr.to("a.example")),)), REVERSE, "PTR") == ["a.example."]
    assert told(World(hosts=(Host(ADDRESS),)), REVERSE, "PTR") == ["host-203-0-113-9.example."]


@pytest.mark.parametrize(
    "ptr, pointer, forward",
    [
        (Ptr.right(), "mail.good.example", [("mail.good.example", ("A 203.0.113.9", "AAAA 2001:db8::9"))]),
        (Ptr.to("x.example"), "x.example", [("x.example", ("A 203.0.113.9", "AAAA 2001:db8::9"))]),
        (Ptr.to("x.example", forward=False), "x.example", []),
        (Ptr.nxdomain("x.example"), "x.example", [("x.example", ())]),
        (Ptr.nodata("x.example"), "x.example", [("x.example", ('TXT "this name has no address"',))]),
    ],
)
def test_the_records_of_a_host(ptr: Ptr, pointer: str, forward: list[tuple[str, tuple[str, ...]]]) -> None:
    """A PTR record for each address, and what the name in it leads to; a name that must not exist has no records."""
    host = Host(("203.0.113.9", "2001:db8::9"), name="mail.good.example", ptr=ptr)
    reverse = ("9.113.0.203.in-addr.arpa", "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")
    assert list(host.records()) == [*((name, (f"PTR {pointer}.",)) for name in reverse), *forward]
    assert host.dns_faults() == ()
