"""Which restrictions a service has, and which service a client meets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.restrictions.restriction import in_effect, screens, service_of, written
from tests.unit.traced import MAIN, MASTER, ODD, configured

LIST = "smtpd_relay_restrictions"
SERVICES = """\
smtp inet n - y - 1 postscreen
smtpd pass - - y - - smtpd
192.0.2.21:587 inet n - y - - smtpd
587 inet n - y - - smtpd
smtps inet n - y - - smtpd
broken
"""
TWICE = f"""\
smtp inet n - y - - smtpd -o {LIST}=permit_mynetworks
smtp inet n - y - - smtpd
  -o {LIST}=reject
"""


@pytest.mark.parametrize(
    "port, address, service",
    [
        (25, "192.0.2.21", "smtpd/pass"), (587, "192.0.2.21", "192.0.2.21:587/inet"), (587, "192.0.2.22", "587/inet"),
        (465, "192.0.2.21", "smtps/inet"), (26, "192.0.2.21", ""),
    ],
)  # fmt: skip
def test_service_of_a_port(port: int, address: str, service: str) -> None:
    """Behind postscreen it is the smtpd that takes over; a service of one address comes before one for all."""
    assert service_of(Configured("", SERVICES), port, address) == service


def test_the_last_of_two_entries_is_met() -> None:
    """As master(8) warns: of two services of one name and type it runs the last, and its lists are the ones in effect."""
    known = Configured("", TWICE, (), {}, {"smtp/inet": {LIST: "reject"}})
    assert service_of(known, 25) == "smtp/inet"
    assert [f"{r.text} {r.place}" for r in in_effect(known, LIST, "smtp/inet")] == ["reject master.cf:3"]
    assert [f"{r.text} {r.place}" for r in written(known)] == ["reject master.cf:3"]
    screened = f"{TWICE}smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd\n"
    assert (screens(Configured("", TWICE), 25), screens(Configured("", screened), 25)) == ("", "smtp/inet")


def test_restrictions_with_their_arguments() -> None:
    """An argument belongs to its restriction; overrides, defaults and services say where they come from."""
    known = configured(**ODD)
    (client,) = in_effect(known, "smtpd_client_restrictions")
    assert (client.text, str(client.place)) == ("check_client_access inline:{{203.0.113.7=greedy}}", "override")
    assert [str(r.place) for r in in_effect(known, "smtpd_relay_restrictions", "submission/inet")] == ["master.cf:8"] * 2
    default = replace(known, main_cf="", overrides=())
    assert {str(r.place) for r in in_effect(default, "smtpd_relay_restrictions")} == {"default"}


def test_written_are_lists_classes_and_services() -> None:
    """Whatever a scenario overrides, the admin's own restrictions are known, each with its list."""
    text = f"{MAIN}smtpd_restriction_classes = shy\nshy = reject\n"
    found = written(replace(configured(), main_cf=text, master_cf=MASTER))
    assert [r.name for r in found if r.list == "shy"] == ["reject"]
    assert len([r for r in found if r.list == "smtpd_relay_restrictions"]) == 7
    assert [r.decides for r in in_effect(configured(**ODD), "greedy")] == [False, True, True]
