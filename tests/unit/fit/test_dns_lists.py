"""DNS lists as configurations name them, and whether who is in them is refused."""

from __future__ import annotations

import pytest

from postfix_lab.fit.dns_lists import DnsList
from tests.unit.fit.conftest import MASTER, Fit

SCREEN = "smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd\n"


def found(fitted: Fit, main: str, master: str = MASTER) -> list[tuple[str, str, bool, bool]]:
    lists = fitted(main, files={"master.cf": master}).dns_lists
    return [(one.domain, one.answer, one.blocks, one.refuses) for one in lists]


@pytest.mark.parametrize(
    "main, lists",
    [
        ("", []),
        ("smtpd_recipient_restrictions = reject_rbl_client bl.example\n", [("bl.example", "127.0.0.2", True, True)]),
        ("x = key.\nsmtpd_client_restrictions = reject_rbl_client ${x}Zen.example.\n", [("key.zen.example", "127.0.0.2", True, True)]),
        (
            "smtpd_data_restrictions = permit_mynetworks, reject_rhsbl_sender dbl.example=127.0.1.[4..6;9]\n",
            [("dbl.example", "127.0.1.4", True, True)],
        ),
        ("smtpd_helo_restrictions = warn_if_reject reject_rhsbl_helo d.example\n", [("d.example", "127.0.0.2", True, False)]),
        ("smtpd_client_restrictions = permit_dnswl_client wl.example\n", [("wl.example", "127.0.0.2", False, False)]),
        ("smtpd_recipient_restrictions = reject_rhsbl_recipient r.example\n", [("r.example", "127.0.0.2", True, False)]),
        ("smtpd_restriction_classes = c\nc = reject_rbl_client bl.example\n", [("bl.example", "127.0.0.2", True, False)]),
        ("smtpd_client_restrictions = reject_rbl_client\n", []),
        (f"smtpd_client_restrictions = reject_rbl_client {'x' * 250}.example\n", []),
        ("smtpd_client_restrictions = reject_rbl_client b.example=300.[x]\n", [("b.example", "127.0.0.2", True, True)]),
        ("smtpd_client_restrictions = reject_rbl_client b.example=[127;1].0.0.999\n", [("b.example", "127.0.0.2", True, True)]),
        ("smtpd_client_restrictions = reject_rbl_client $$, reject\n", []),
        ("postscreen_dnsbl_sites = bl.example\n", []),
    ],
)
def test_lists_of_smtpd(fitted: Fit, main: str, lists: list[tuple[str, str, bool, bool]]) -> None:
    """With what its filter takes; postscreen's are not asked where it does not listen."""
    assert found(fitted, main) == lists


@pytest.mark.parametrize(
    "main, refuses",
    [
        ("", [True, True, False]),
        ("postscreen_dnsbl_action = ignore\n", [False, False, False]),
        ("postscreen_dnsbl_action = drop\npostscreen_dnsbl_threshold = 2\n", [False, True, False]),
        ("postscreen_dnsbl_action = enforce\npostscreen_dnsbl_threshold = 9\n", [True, True, False]),
    ],
)
def test_sites_of_postscreen(fitted: Fit, main: str, refuses: list[bool]) -> None:
    """By weight, threshold and action; an action that was forgotten, or a threshold out of reach, is no intention."""
    sites = "postscreen_dnsbl_sites = a.example*1 b.example=127.0.[0..1].[2;4]*2, w.example*-3\n"
    lists = found(fitted, sites + main, SCREEN)
    assert [one[3] for one in lists] == refuses
    assert [(one[0], one[1], one[2]) for one in lists][1:] == [
        ("b.example", "127.0.0.2", True),
        ("w.example", "127.0.0.2", False),
    ]


def test_what_port_25_has(fitted: Fit) -> None:
    """A service's own option counts, and what another port asks does not."""
    own = "smtp inet n - y - - smtpd\n -o smtpd_client_restrictions=reject_rbl_client,own.example\n"
    other = "submission inet n - y - - smtpd\n -o smtpd_helo_restrictions=reject_rbl_client,other.example\n"
    lists = found(fitted, "smtpd_client_restrictions = reject_rbl_client main.example\n", own + other)
    assert [one[0] for one in lists] == ["own.example"]


def test_each_once(fitted: Fit) -> None:
    """A list that is asked twice in one way is one; the surer way counts."""
    main = (
        "smtpd_client_restrictions = warn_if_reject reject_rbl_client a.example\n"
        "smtpd_recipient_restrictions = reject_rbl_client a.example, reject_rhsbl_helo a.example\n"
    )
    lists = fitted(main).dns_lists
    assert lists == (
        DnsList("a.example", "reject_rbl_client", "127.0.0.2"),
        DnsList("a.example", "reject_rhsbl_helo", "127.0.0.2"),
    )
    assert [one.name for one in lists] == ["a.example.reject_rbl_client", "a.example.reject_rhsbl_helo"]


def test_somebody_who_exists(fitted: Fit) -> None:
    """Nobody whom a table may let pass whatever happens: an address of a table, else root."""
    assert fitted().recipient == "root@lab.test"
    virtual = "mydestination =\nvirtual_mailbox_domains = v.test\nvirtual_mailbox_maps = hash:/etc/postfix/boxes\n"
    assert fitted(virtual, files={"boxes": "eve@v.test x\n"}).recipient == "eve@v.test"


def test_what_the_smtpd_behind_postscreen_has(fitted: Fit) -> None:
    """Its own option counts, and not that of another service."""
    own = f"{SCREEN} -o smtpd_client_restrictions=reject_rbl_client,own.example\n"
    other = "submission inet n - y - - smtpd\n -o smtpd_client_restrictions=reject_rbl_client,other.example\n"
    assert [one[0] for one in found(fitted, "", other + own)] == ["own.example"]


@pytest.mark.parametrize("threshold, refuses", [("2", False), ("3", True), ("1", True)])
def test_sites_that_reach_the_threshold_together(fitted: Fit, threshold: str, *, refuses: bool) -> None:
    """Then none of them refuses alone."""
    main = f"postscreen_dnsbl_sites = a.example, b.example\npostscreen_dnsbl_action = enforce\npostscreen_dnsbl_threshold = {threshold}\n"
    assert [one[3] for one in found(fitted, main, SCREEN)] == [refuses, refuses]


@pytest.mark.parametrize("length, count", [(200, 1), (201, 0)])
def test_the_longest_domain(fitted: Fit, length: int, count: int) -> None:
    """With the reversed address in front of it, a longer one is no name that DNS can carry."""
    domain = f"{'a.' * 100}"[: length - 7] + "example"
    assert len(found(fitted, f"smtpd_client_restrictions = reject_rbl_client {domain}\n")) == count


@pytest.mark.parametrize("threshold", ["0", "9"])
def test_a_site_without_weight(fitted: Fit, threshold: str) -> None:
    """It counts for nothing, whatever the threshold is."""
    main = f"postscreen_dnsbl_sites = a.example*0\npostscreen_dnsbl_action = enforce\npostscreen_dnsbl_threshold = {threshold}\n"
    assert found(fitted, main, SCREEN) == [("a.example", "127.0.0.2", False, False)]
