"""Table types as settings name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import Setting, begin_draft
from postfix_lab.fit.table_types import check_types
from postfix_lab.runtime.admin_folder import read_source


@pytest.mark.parametrize(
    "name, value, wrong",
    [
        ("transport_maps", "hash:/a, proxy:pcre:/b", ""),
        ("transport_maps", "hsah:/a", "hsah"),
        ("transport_maps", "proxy:pcer:/a", "pcer"),
        ("transport_maps", "unionmap:{hash:/a, regxp:/b}", "regxp"),
        ("transport_maps", "inline:{ {a = user:secret} }", ""),
        ("alias_database", "hsah:/a", "hsah"),
        ("smtpd_sender_restrictions", "check_sender_access hsah:/a, reject", "hsah"),
        ("smtpd_sender_restrictions", "reject_rbl_client a:b", ""),
        ("relayhost", "[x]:25", ""),
    ],
)
def test_check_types(tmp_path: Path, name: str, value: str, wrong: str) -> None:
    """An unknown one is refused by its name; passwords and ports are none."""
    (tmp_path / "main.cf").write_text("myhostname = mx.lab.test\n")
    draft = begin_draft(read_source(tmp_path), Choices(), {}, "")
    if not wrong:
        check_types(draft, Setting(name, value))
        return
    with pytest.raises(InputError, match=f"{name}: Postfix has no table type {wrong!r}; did you mean "):
        check_types(draft, Setting(name, value))
