"""The content of stand-ins, by the role of the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import Setting, begin_draft
from postfix_lab.fit.named_tables import TableReference
from postfix_lab.fit.table_stand_ins import content_type, stand_in_content, stand_in_path
from postfix_lab.runtime.admin_folder import read_source


@pytest.mark.parametrize(
    "name, kind, content, value",
    [
        ("virtual_mailbox_maps", "mysql", None, "every recipient exists"),
        ("smtpd_sender_login_maps", "mysql", "/^(.+@lab\\.test)$/ $1\n", "an own address belongs to the user of its name"),
        ("virtual_mailbox_domains", "mysql", "lab.test own\n", "lab.test"),
        ("relocated_maps", "unix", None, "every account exists"),
        ("transport_maps", "mysql", "", "empty"),
    ],
)
def test_stand_in_content(tmp_path: Path, name: str, kind: str, content: str | None, value: str) -> None:
    """Empty, unless that would refuse everybody or make the own domain a stranger's."""
    table = TableReference(f"{kind}:/a.cf", kind, "/a.cf")
    (tmp_path / "main.cf").write_text(f"myhostname = mx.lab.test\nmydestination =\n{name} = {table.written}\n")
    draft = begin_draft(read_source(tmp_path), Choices(), {}, "")
    found, told, _ = stand_in_content(draft, Setting(name, table.written), table)
    assert (found, told) == (content, value)


def test_content_type() -> None:
    """Owners are patterns, all others fixed keys."""
    assert [content_type(text) for text in ("/^(.+@lab\\.test)$/ $1\n", "lab.test own\n", "")] == ["regexp", "texthash", "texthash"]


def test_stand_in_path() -> None:
    """A file of the lab, named after type and path."""
    assert stand_in_path(TableReference("", "mysql", "/etc/x_y/a.cf")) == "/etc/postfix-lab/tables/mysql-etc-x-y-a.cf"
