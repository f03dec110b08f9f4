"""A world as keys: short where it is as usual, and a label for each host."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError
from postfix_lab.scenario.ptr import Ptr, PtrKind
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.answer import Answer
from postfix_lab.smtp.behaviour import ACCEPT, REFUSE, Behaviour
from postfix_lab.yaml.write.world_writer import fault_keys, hosts_keys, labels, ptr_text, sink_keys, zones_keys


def test_hosts_are_called_by_their_names() -> None:
    """Each has its own label; a name that is taken, or has no dot, is said below a number."""
    hosts = [Host("192.0.2.1", "a.example"), Host("192.0.2.2", "a.example"), Host("192.0.2.3", "a"), Host("192.0.2.4")]
    assert hosts_keys(labels([*hosts, hosts[0]])) == {
        "a.example": {"address": "192.0.2.1"},
        "host-2": {"address": "192.0.2.2", "name": "a.example"},
        "host-3": {"address": "192.0.2.3", "name": "a"},
        "host-4": {"address": "192.0.2.4"},
    }


def test_host_with_all_that_it_can_have() -> None:
    """HELO, reverse lookup, and an MTA with an answer."""
    mta = Behaviour(rcpt="550 no", answers=Answer("RCPT", "450 later", sender="", nth=1), tls="expired")
    host = Host(("192.0.2.1", "2001:db8::1"), "a.example", "", Ptr.to("b.example", "c.example"), mta)
    assert hosts_keys(labels([host]))["a.example"] == {
        "address": ["192.0.2.1", "2001:db8::1"],
        "ptr": "to b.example c.example",
        "mta": {
            "rcpt": "550 no",
            "answers": [{"stage": "RCPT", "says": "450 later", "sender": "", "nth": 1}],
            "tls": "expired",
        },
        "helo": "",
    }
    provider = Behaviour(tls="good", tls_ports=465, ports=587, mechanisms="LOGIN", answers=Answer("MAIL", "450 x", client="192.0.2.9"))
    assert hosts_keys(labels([Host("192.0.2.1", mta=provider)]))["host-1"]["mta"] == {
        "tls": "good", "tls-ports": [465], "ports": [587], "mechanisms": ["LOGIN"],
        "answers": [{"stage": "MAIL", "says": "450 x", "client": "192.0.2.9"}],
    }  # fmt: skip
    assert hosts_keys(labels([Host("192.0.2.1", mta=REFUSE)])) == {"host-1": {"address": "192.0.2.1", "mta": "refuse"}}


@pytest.mark.parametrize("kind", PtrKind)
def test_reverse_lookup_is_a_kind_and_its_names(kind: PtrKind) -> None:
    """The right one goes without saying; one with names that it cannot have is refused."""
    bare = kind in (PtrKind.RIGHT, PtrKind.MISSING, PtrKind.SERVFAIL, PtrKind.TIMEOUT)
    names = () if bare else ("a.example",)
    assert ptr_text(Ptr(kind, names), "x") == (None if kind is PtrKind.RIGHT else " ".join((kind.value, *names)))
    with pytest.raises(InputError, match=f"the reverse lookup `{kind}` of x has"):
        ptr_text(Ptr(kind, ("a.example",) if bare else ()), "x")


def test_fault_says_what_is_not_usual() -> None:
    """Types in upper case; what goes with one kind alone goes with that."""
    assert fault_keys(Fault("*", FaultKind.TIMEOUT)) == {"name": "*", "kind": "TIMEOUT"}
    keys = fault_keys(Fault("a.example", FaultKind.ANSWER, "mx", nth=2, records=("A 192.0.2.1",), transport="udp"))
    assert keys == {
        "name": "a.example", "kind": "ANSWER", "type": "MX", "transport": "udp", "nth": 2, "records": ["A 192.0.2.1"],
    }  # fmt: skip
    with pytest.raises(InputError, match="of HUGE alone"):
        fault_keys(Fault("a.example", FaultKind.TIMEOUT, octets=9))


def test_zone_is_its_text() -> None:
    """The file that it came from does not matter."""
    zones = [ZoneText("@ A 192.0.2.1\n", "a file", "a.example"), ZoneText("", derived=True)]
    assert zones_keys(zones) == [{"origin": "a.example", "text": "@ A 192.0.2.1\n"}, {"derived": True, "text": ""}]


@pytest.mark.parametrize(
    "sink, keys",
    [
        (ACCEPT, {}), (None, {"sink": "absent"}), (REFUSE, {"sink": "refuse"}),
        (Behaviour(rcpt="450 later"), {"sink": {"rcpt": "450 later"}}),
    ],
)  # fmt: skip
def test_how_the_sink_answers(sink: Behaviour | None, keys: dict[str, Any]) -> None:
    """By a word where there is one."""
    assert sink_keys(sink) == keys
