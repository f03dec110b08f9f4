"""Options that change the setup or the DNS, as values."""

from __future__ import annotations

import pytest

from postfix_lab.cli.setup_options import parse_fault, setup_changes
from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.errors import InputError


def test_changes() -> None:
    """Parameters, entries by their tables, and the words that were given; nothing if none was."""
    tables = [("mysql:/a", "ann", "x"), ("mysql:/a", "bob", "y"), ("ldap:/b", "c", "z")]
    changes = setup_changes(["a = b=c", "d="], tables, {"milter": "reject", "policy": None})
    assert changes == {
        "main": {"a": "b=c", "d": ""}, "tables": {"mysql:/a": {"ann": "x", "bob": "y"}, "ldap:/b": {"c": "z"}}, "milter": "reject",
    }  # fmt: skip
    assert setup_changes((), (), {"milter": None}) == {}


@pytest.mark.parametrize("text", ["a", "=b", " = b"])
def test_what_is_no_parameter(text: str) -> None:
    """It is told with an example."""
    with pytest.raises(InputError, match="--main takes NAME=VALUE"):
        setup_changes([text], (), {})


@pytest.mark.parametrize(
    "name, kind, fault",
    [
        ("good.example", "servfail", Fault("good.example", FaultKind.SERVFAIL)),
        ("good.example/mx", "TIMEOUT", Fault("good.example", FaultKind.TIMEOUT, "MX")),
        ("203.0.113.9", "NODATA", Fault("9.113.0.203.in-addr.arpa", FaultKind.NODATA)),
        ("*", "DELAY:3", Fault("*", FaultKind.DELAY, "ANY", 3.0)),
    ],
)
def test_fault(name: str, kind: str, fault: Fault) -> None:
    """A name with its type, an address for its reverse name, a kind with its seconds."""
    assert parse_fault(name, kind) == fault


@pytest.mark.parametrize("kind, words", [("SERVFIAL", "did you mean SERVFAIL"), ("DELAY:soon", "write the seconds")])
def test_what_is_no_fault(kind: str, words: str) -> None:
    """It is told what was meant."""
    with pytest.raises(InputError, match=words):
        parse_fault("good.example", kind)
