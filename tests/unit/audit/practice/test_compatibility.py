"""The compatibility level, and tables that later releases warn of."""

from __future__ import annotations

from postfix_lab.audit.practice import compatibility
from tests.unit.audit.conftest import Write
from tests.unit.audit.practice.judged import told

LEVEL = "compatibility_level = 3.6\n"


def test_no_level(write: Write) -> None:
    """A note at the first line, since none sets it."""
    ((severity, place, what),) = told(compatibility.judge(write(), 12))
    assert (severity, place) == ("note", "main.cf:1")
    assert what.startswith("compatibility_level is not set")
    assert told(compatibility.judge(write(LEVEL), 13)) == []


def test_berkeley_db(write: Write) -> None:
    """Debian 14 warns of it: one finding for all tables, at the first."""
    (_, place, what) = told(
        compatibility.judge(write(f"{LEVEL}virtual_alias_maps = btree:/etc/postfix/virtual\n"), 14)
    )[0]
    assert (place, what.partition(":")[0]) == ("main.cf:3", "alias_maps")
    assert "hash:/etc/aliases and 1 more: this release warns of Berkeley DB" in what
    assert told(compatibility.judge(write(f"{LEVEL}alias_maps = lmdb:/etc/aliases\n"), 14)) == []
