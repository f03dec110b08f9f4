"""Tables whose servers answer by rules."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.draft import Stub
from postfix_lab.fit.filter_rules import TableRule
from tests.unit.fit.conftest import Fit, told

LATER = (TableRule("TEMP later", key="*@far.example"),)
PERM = (TableRule("PERM broken", key="x"),)


def servers(fitted: Fit, main: str, **choices: Any) -> list[Stub]:
    return [stub for stub in fitted(main, **choices).stubs if stub.role == "table"]


def test_in_place_of_a_database(fitted: Fit) -> None:
    """A memcache client asks it; rules come first, entries after them."""
    made = fitted(
        "smtpd_sender_restrictions = check_sender_access proxy:mysql:/etc/postfix/a.cf\n",
        table_rules={"mysql:/etc/postfix/a.cf": LATER},
        tables={"mysql:/etc/postfix/a.cf": {"a@x": "REJECT"}},
    )
    file = "/etc/postfix-lab/tables/mysql-etc-postfix-a.cf-0"
    assert f"check_sender_access memcache:{file}\n" in made.files["/etc/postfix/main.cf"].text
    assert made.files[file].text.startswith("memcache = inet:127.0.0.1:61800\n")
    [stub] = made.stubs
    assert (stub.protocol, stub.rules, stub.entries, stub.otherwise) == ("memcache", LATER, {"a@x": "REJECT"}, "NOTFOUND")
    assert told(made, "mysql:/etc/postfix/a.cf").value == "a server that says TEMP later, key *@far.example; else 1 entries, NOTFOUND"


def test_two_servers(fitted: Fit) -> None:
    """Each has a port of its own; tcp stays tcp, and a socketmap keeps its name."""
    main = "canonical_maps = tcp:localhost:10001, socketmap:unix:/run/x:names\n"
    rules = {"tcp:localhost:10001": LATER, "socketmap:unix:/run/x:names": PERM}
    text = fitted(main, table_rules=rules).files["/etc/postfix/main.cf"].text
    assert "canonical_maps = tcp:127.0.0.1:61800, socketmap:inet:127.0.0.1:61801:names" in text


@pytest.mark.parametrize(
    "main, otherwise",
    [
        ("virtual_mailbox_maps = ldap:/etc/postfix/a.cf\n", "OK exists"),
        ("smtpd_sender_login_maps = ldap:/etc/postfix/a.cf\n", "OK %s"),
        ("virtual_alias_maps = ldap:/etc/postfix/a.cf\n", "NOTFOUND"),
    ],
)
def test_any_other_key(fitted: Fit, main: str, otherwise: str) -> None:
    """It is answered as by a stand-in: recipients exist, an address belongs to its user, nothing else is found."""
    [stub] = servers(fitted, main, table_rules={"ldap:/etc/postfix/a.cf": LATER})
    assert (stub.otherwise, stub.entries) == (otherwise, {})


def test_own_domain(fitted: Fit) -> None:
    """A server of domains knows the own one."""
    main = "mydestination =\nvirtual_mailbox_domains = ldap:/etc/postfix/a.cf\n"
    [stub] = servers(fitted, main, table_rules={"ldap:/etc/postfix/a.cf": LATER})
    assert stub.entries == {"lab.test": "own"}


def test_no_canary(fitted: Fit) -> None:
    """A rule for every key may keep good mail out."""
    main = "smtpd_sender_restrictions = check_sender_access ldap:/etc/postfix/a.cf\n"
    made = fitted(main, table_rules={"ldap:/etc/postfix/a.cf": (TableRule("TEMP no server"),)})
    assert told(made, "canary").reason == "the scenario wants a table that says TEMP no server"


@pytest.mark.parametrize(
    "key, rules, problem",
    [
        ("ldap:/etc/postfix/b.cf", LATER, "names no table 'ldap:/etc/postfix/b.cf'; did you mean"),
        ("hash:/etc/aliases", LATER, "it is no table of a server"),
    ],
)
def test_impossible(fitted: Fit, key: str, rules: tuple[TableRule, ...], problem: str) -> None:
    """Rules for a table that is not there, or that has no server."""
    main = "canonical_maps = tcp:localhost:10001\nvirtual_alias_maps = ldap:/etc/postfix/a.cf\n"
    with pytest.raises(InputError, match=problem):
        fitted(main, table_rules={key: rules})
