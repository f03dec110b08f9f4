"""The line of the entry that an answer came from."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.table_places import access_place, entry_place, named_tables, parameter_of

ACCESS = "far.test REJECT far\n.deep.test REJECT deep\n192.0.2 REJECT net\njo@ REJECT jo\n2001:db8 REJECT six\nann@far.test OK\n"
KNOWN = Configured(
    "x = proxy:hash:/etc/postfix/a, hash:/etc/postfix/none\n", "", (), {"y": "cidr:/etc/postfix/b"},
    {"smtp/inet": {"z": "pcre:/etc/postfix/c"}}, {"/etc/postfix/a": ACCESS, "/etc/postfix/b": "", "/etc/postfix/c": "/x/ OK\n"},
)  # fmt: skip


@pytest.mark.parametrize(
    "key, value, line",
    [
        ("far.test", "REJECT far", 1),
        ("mail.far.test", "reject far", 1),
        ("x.y.deep.test", "REJECT deep", 2),
        ("192.0.2.9", "REJECT net", 3),
        ("2001:db8:0:1::9", "REJECT six", 5),
        ("jo@other.test", "REJECT jo", 4),
        ("ann@far.test", "OK", 6),
        ("bob@far.test", "REJECT far", 1),
        ("bob@other.test", "OK", None),
    ],
)
def test_access(key: str, value: str, line: int | None) -> None:
    """The part of the address that has this value."""
    found = access_place(KNOWN, "proxy:hash:/etc/postfix/a", key, value)
    assert (found.line if found else None) == line


def test_tables() -> None:
    """Those whose source is known, with their types, whichever file names them."""
    assert named_tables(KNOWN) == {"/etc/postfix/a": "hash", "/etc/postfix/b": "cidr", "/etc/postfix/c": "pcre"}
    assert str(entry_place(KNOWN, "pcre:/etc/postfix/c", "x", "OK")) == "/etc/postfix/c:1"
    assert entry_place(KNOWN, "hash:/etc/postfix/none", "x", "OK") is None


def test_titles() -> None:
    """A title of maps_find() is a parameter as a rule."""
    assert [parameter_of(title) for title in ("aliases", "virtual_alias_maps")] == ["alias_maps", "virtual_alias_maps"]
