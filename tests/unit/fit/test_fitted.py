"""What a configuration is as it runs here: its parameters, and what master(8) binds."""

from __future__ import annotations

import pytest

from tests.unit.fit.conftest import MAIN, Fit


@pytest.mark.parametrize(
    "main, binds",
    [
        ("", ("all", "all")),
        ("inet_interfaces = 192.0.2.25\n", ("192.0.2.25", "all")),
        ("inet_protocols = ipv4\n", ("all", "ipv4")),
    ],
)
def test_what_is_bound(fitted: Fit, main: str, binds: tuple[str, str]) -> None:
    """As it is written, or Postfix's default."""
    assert fitted(main).binds == binds


@pytest.mark.parametrize(
    "master, value",
    [
        ("smtp inet n - y - - smtpd\n  -o smtpd_helo_required=yes\n", "yes"),
        ("smtpd pass - - y - - smtpd\n  -o smtpd_helo_required=yes\n", "yes"),
        ("587 inet n - y - - smtpd\n  -o smtpd_helo_required=yes\n", "main"),
        ("smtp inet n - y - 1 postscreen\n  -o smtpd_helo_required=yes\n", "main"),
    ],
)
def test_parameters_of_port_25(fitted: Fit, master: str, value: str) -> None:
    """An option of the smtpd that takes mail from outside overrides main.cf; one of another service does not."""
    made = fitted("smtpd_helo_required = main\n", files={"master.cf": master})
    assert made.value("smtpd_helo_required") == value
    assert made.value("no_such_parameter") == ""
    assert made.value("myhostname") in MAIN


@pytest.mark.parametrize("address, inside", [("203.0.113.7", True), ("203.0.113.8", False), ("2001:db8::1", None)])
def test_who_is_in_mynetworks(fitted: Fit, address: str, *, inside: bool | None) -> None:
    """By its words; where a table comes first, nobody can say."""
    networks = "203.0.113.7/32" if inside is not None else "hash:/etc/postfix/networks"
    made = fitted(f"mynetworks = {networks}\n", files={"networks": "2001:db8::1 x\n"})
    assert made.in_mynetworks(address) is inside
