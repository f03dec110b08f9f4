"""The tables that a setting names."""

from __future__ import annotations

import pytest

from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import begin_draft
from postfix_lab.fit.named_tables import NOT_TABLES, TableReference, table_references
from postfix_lab.fit.source import Source


def found(value: str, **others: str) -> list[TableReference]:
    """Those in a value, which may name other parameters."""
    main = "".join(f"{name} = {text}\n" for name, text in {"x": value, **others}.items())
    draft = begin_draft(Source("/shop", {"main.cf": main}, main="main.cf", master=""), Choices(), {}, "")
    return list(table_references(draft, next(draft.settings())))


@pytest.mark.parametrize(
    "value, written, kind, path",
    [
        ("hash:/etc/a", "hash:/etc/a", "hash", "/etc/a"),
        ("proxy:mysql:/etc/a.cf", "proxy:mysql:/etc/a.cf", "mysql", "/etc/a.cf"),
        ("check_client_access cidr:/a, permit", "cidr:/a", "cidr", "/a"),
        ("unionmap:{pcre:/a;static:x}", "pcre:/a", "pcre", "/a"),
        ("texthash:a", "texthash:a", "texthash", "a"),
        ("nisplus:[x=%s];y", "nisplus:[x=%s]", "nisplus", "[x=%s]"),
        ("unix:passwd.byname", "unix:passwd.byname", "unix", "passwd.byname"),
        ("proxy:unix:group.byname", "proxy:unix:group.byname", "unix", "group.byname"),
        ("hash:$config_directory/a", "hash:/etc/postfix/a", "hash", "/etc/postfix/a"),
    ],
)
def test_one_table(value: str, written: str, kind: str, path: str) -> None:
    """As it is written, with its type and the rest."""
    assert found(value) == [TableReference(written, kind, path)]
    assert found(value)[0].key == f"{kind}:{path}"


@pytest.mark.parametrize(
    "value", ["static:x", "inline:{a=b}", "unix:private/x", "lmtp:unix:passwd", "hash:$nobody/a", "hash:/etc/", "x.hash:/a", "no-hash:/a", "rehash:/a", "hash:"]
)
def test_what_is_no_table(value: str) -> None:
    """Inner tables, sockets, names that are not complete, and words that only end so."""
    assert found(value) == []


def test_several_tables() -> None:
    """In their order, with or without commas."""
    assert [table.path for table in found("hash:/a, btree:/b lmdb:/c")] == ["/a", "/b", "/c"]


def test_a_table_of_another_parameter() -> None:
    """It is found where that parameter is looked at, unless it is written here as well."""
    assert found("$y, hash:/b", y="hash:/a") == [TableReference("hash:/b", "hash", "/b")]
    assert found("${y} $(z)", y="hash:/a", z="hash:/b") == []
    assert [table.path for table in found("$y hash:/a", y="hash:/a")] == ["/a", "/a"]
    assert found("hash:$y/a", y="/srv") == [TableReference("hash:/srv/a", "hash", "/srv/a")]


@pytest.mark.parametrize("name", ["smtpd_milters", "non_smtpd_milters", "proxy_read_maps", "proxy_write_maps"])
def test_settings_that_open_no_table(name: str) -> None:
    """A milter's socket looks like one, and proxymap's lists only permit tables."""
    assert name in NOT_TABLES
