from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.audit.probes import Aim, ProbePlan, gateways, plan
from postfix_lab.runtime.setup import Setup
from tests.unit.audit.conftest import MAIN, MASTER

ADDRESSES = ("192.0.2.25", "2001:db8:2::25")


def planned(folder: Path, main: str = "", master: str = "", mynetworks: str = "127.0.0.0/8") -> ProbePlan:
    (folder / "main.cf").write_text(MAIN + main)
    (folder / "master.cf").write_text(MASTER + master)
    return plan(Setup(folder).fitted(12, "", ADDRESSES), ADDRESSES, mynetworks)


def aims(found: ProbePlan, aim: Aim) -> list[tuple[str, int, str]]:
    return [(t.service.name, t.session.port, t.session.address) for t in found.trials if t.aim is aim]


def test_everything_is_tried(tmp_path: Path) -> None:
    """Each listener is opened; a good mail from each family; strangers and gateways to each port."""
    found = planned(tmp_path, master="587 inet n - y - - smtpd\n", mynetworks="10.0.0.0/8")
    assert [name for name, _, _ in aims(found, Aim.OPEN)] == ["smtp", "587"]
    assert [source for _, _, source in aims(found, Aim.CANARY)] == ["198.51.100.125", "2001:db8:100::125"]
    assert len(aims(found, Aim.RELAY)) == 2 * 2 * 2
    assert {source for _, _, source in aims(found, Aim.GATEWAY)} == {"192.0.2.1", "10.0.0.1"}


def test_every_stranger_has_an_address_of_his_own(tmp_path: Path) -> None:
    """Else a limit on one client's connections would speak."""
    found = planned(tmp_path, master="587 inet n - y - - smtpd\n2525 inet n - y - - smtpd\n")
    sources = [source for _, _, source in aims(found, Aim.RELAY)]
    assert len(sources) == len(set(sources))


def test_a_listener_inside_gets_a_wire(tmp_path: Path) -> None:
    """Its log will not name the client, and nobody tries to relay there."""
    found = planned(tmp_path, master="127.0.0.1:10025 inet n - y - - smtpd\n")
    (wire,) = found.wires
    (trial,) = [t for t in found.trials if t.service.name == "127.0.0.1:10025"]
    assert (wire.listen, wire.to) == (f"inet::{trial.session.port}", "127.0.0.1:10025")
    assert not trial.session.logged


@pytest.mark.parametrize(
    "main, master, opened",
    [
        ("inet_protocols = ipv4\n", "", ["198.51.97.130"]),
        ("inet_protocols = ipv6\n", "", ["2001:db8:97::82"]),
        ("smtpd_upstream_proxy_protocol = haproxy\n", "", []),
        ("", "smtp inet n - n - 0 spawn user=nobody argv=/bin/true\n", []),
    ],
)
def test_who_is_opened(tmp_path: Path, main: str, master: str, opened: list[str]) -> None:
    """By a family that the host speaks; not what waits for a proxy, or speaks no SMTP."""
    assert [source for _, _, source in aims(planned(tmp_path, main, master), Aim.OPEN)] == opened


def test_tls_as_the_listener_wants_it(tmp_path: Path) -> None:
    """From the start on a wrapped port, STARTTLS where it is a must."""
    master = "465 inet n - y - - smtpd -o smtpd_tls_wrappermode=yes\n587 inet n - y - - smtpd -o smtpd_tls_security_level=encrypt\n"
    relays = {t.service.name: t.session.dialogue for t in planned(tmp_path, master=master).trials if t.aim is Aim.RELAY}
    assert relays["465"].tls_on_connect
    assert [step.stage for step in relays["587"].steps][:2] == ["HELO", "STARTTLS"]
    assert [step.stage for step in relays["smtp"].steps][:2] == ["HELO", "MAIL"]


def test_daemons_that_would_complain_are_not_woken(tmp_path: Path) -> None:
    """A request that says nothing is a warning to bounce(8)."""
    found = planned(tmp_path, master="bounce unix - - y - 0 bounce\nrewrite unix - - y - - trivial-rewrite\n")
    assert found.touched == ("public/cleanup", "private/lmtp", "private/rewrite")


@pytest.mark.parametrize("mynetworks", ["127.0.0.0/8 [::1]/128 [::ffff:127.0.0.0]/104", "192.0.2.25/32", "0.0.0.0/0",
                                        "hash:/etc/postfix/x !10.0.0.1", "[fe80::]/64"])  # fmt: skip
def test_networks_without_a_router(mynetworks: str) -> None:
    """Loopback, single hosts, everybody and tables give no gateway but the lab's own."""
    assert gateways(mynetworks) == ("192.0.2.1",)
