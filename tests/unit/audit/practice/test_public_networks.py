"""Public addresses that may relay."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from postfix_lab.audit.practice import public_networks
from tests.unit.audit.conftest import Write
from tests.unit.audit.practice.judged import told


@pytest.mark.parametrize(
    "main, severity, place, remedy",
    [
        (
            "mynetworks = 127.0.0.0/8\n 172.0.0.0/8\n",
            "warning",
            "main.cf:6",
            "write 172.16.0.0/12, which is all that is private there",
        ),
        ("mynetworks = 192.0.0.0/8\n", "warning", "main.cf:5", "write 192.168.0.0/16, which"),
        ("mynetworks = 81.0.0.0/12\n", "warning", "main.cf:5", "trust the hosts that you run"),
        ("mynetworks = 0.0.0.0/0\n", "warning", "main.cf:5", "trust the hosts"),
        ("mynetworks = [2000::]/3\n", "warning", "main.cf:5", "trust the hosts"),
        ("mynetworks = [::ffff:81.0.0.0]/104\n", "warning", "main.cf:5", "trust the hosts"),
        ("mynetworks = 203.0.113.0/24\n", "note", "main.cf:5", "trust the hosts"),
        ("mynetworks = $ours\nours = 203.0.113.0/24\n", "note", "main.cf:6", "trust the hosts"),
        ("mynetworks_style = class\n", "warning", "main.cf:5", "write mynetworks_style = host"),
        ("mynetworks_style = subnet\n", "note", "main.cf:5", "write mynetworks_style = host"),
    ],
)
def test_who_may_relay(write: Write, main: str, severity: str, place: str, remedy: str) -> None:
    """A network too large for one organisation, or that holds a private one, is a warning; a smaller one a note."""
    (finding,) = public_networks.judge(write(main))
    assert (str(finding.severity), str(finding.place)) == (severity, place)
    assert finding.remedy.startswith(remedy)


@pytest.mark.parametrize(
    "main",
    [
        "mynetworks = 127.0.0.0/8 [::1]/128 [::ffff:127.0.0.0]/104 10.0.0.0/8 [fd00::]/8 [fe80::]/10 100.64.0.0/10\n",
        "mynetworks = 203.0.113.7 203.0.113.0/28 [2001:db8::]/64 !81.0.0.0/8 hash:/etc/postfix/nets /etc/postfix/nets\n",
        "mynetworks = 127.0.0.0/8\nmynetworks_style = class\n",
        "mynetworks_style = host\n",
    ],
)
def test_who_may_in_order(write: Write, main: str) -> None:
    """Private networks, single hosts, exceptions and tables."""
    assert told(public_networks.judge(write(main))) == []


def test_what_is_within() -> None:
    """Only in a network of the same family."""
    small, large, other = ip_network("10.1.0.0/16"), ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")
    assert public_networks.is_within(small, large)
    assert not public_networks.is_within(large, small)
    assert not public_networks.is_within(other, large)
    assert not public_networks.is_within(small, other)
    assert public_networks.is_within(ip_network("2001:db8:1::/48"), other)
    assert public_networks.parse_network("nonsense") is None
