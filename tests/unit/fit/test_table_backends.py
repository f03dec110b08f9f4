"""What answers a table's lookups: rules about the folder; `test_tables.py` has what follows from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.fit.choices import Choices
from postfix_lab.fit.delta import MISSING
from postfix_lab.fit.draft import begin_draft
from postfix_lab.fit.named_tables import TableReference
from postfix_lab.fit.table_backends import Backend, choose, choose_as_hash, index_path, is_others
from postfix_lab.runtime.admin_folder import read_source
from tests.unit.fit.conftest import Fit, told


def reference(kind: str, path: str = "/etc/postfix/t") -> TableReference:
    return TableReference(f"{kind}:{path}", kind, path)


@pytest.mark.parametrize("kind, index", [("hash", "/t.db"), ("btree", "/t.db"), ("lmdb", "/t.lmdb")])
def test_index_path(kind: str, index: str) -> None:
    """By the type (postmap(1))."""
    assert index_path(reference(kind, "/t")) == index


@pytest.mark.parametrize(
    "path, others",
    [
        ("/var/lib/mailman3/data/postfix_lmtp", True), ("/srv/x", True), ("/home/ann/list", True), ("/opt/mailman/x", True),
        ("/etc/mail/access", False), ("/usr/local/etc/postfix/access", False), ("/etc/postfix/mailman", False),
    ],
)  # fmt: skip
def test_is_others(path: str, others: bool) -> None:
    """Data of other programs; a path of a configuration is its own."""
    assert is_others(path) is others


@pytest.mark.parametrize(
    "files, stand_ins, backend",
    [
        (("main.cf", "t.cdb"), "others", Backend.EMPTY_FILE),
        (("main.cf", "t"), "others", Backend.BUILT),
        (("main.cf",), "others", Backend.MISSING),
        (("main.cf",), "all", Backend.EMPTY_FILE),
        (("postconf-n.txt",), "others", Backend.EMPTY_FILE),
    ],
)
def test_a_type_that_is_compiled_as_hash(tmp_path: Path, files: tuple[str, ...], stand_ins: str, backend: Backend) -> None:
    """Its own index cannot be read here, which is no fault of the configuration; postconf's output has no tables."""
    for name in files:
        (tmp_path / name).write_text("" if name.startswith("t") else "myhostname = mx.lab.test\n")
    draft = begin_draft(read_source(tmp_path), Choices(stand_ins=stand_ins), {}, "")
    assert choose_as_hash(draft, reference("cdb"), given=False) is backend
    assert choose_as_hash(draft, reference("cdb"), given=True) is Backend.BUILT


def test_data_of_another_program(tmp_path: Path) -> None:
    """A table of Mailman's has a stand-in."""
    (tmp_path / "main.cf").write_text("myhostname = mx.lab.test\n")
    draft = begin_draft(read_source(tmp_path), Choices(), {}, "")
    assert choose(draft, reference("hash", "/var/lib/mailman/aliases"), given=False) is Backend.EMPTY_FILE


@pytest.mark.parametrize("name, value", [("smtp_sasl_password_maps", "empty"), ("lmtp_sasl_password_maps", "empty"), ("sender_canonical_maps", MISSING)])
@pytest.mark.parametrize("table", ["hash:/etc/postfix/secret", "texthash:/etc/postfix/secret"])
def test_passwords_that_were_left_out(fitted: Fit, name: str, value: str, table: str) -> None:
    """A table of passwords that is not there is empty, and the canary runs; any other one is missing, as in life."""
    made = fitted(f"{name} = {table}\n")
    assert told(made, table).value == value
    assert bool(made.canary.recipient) is (value == "empty")
    if value == "empty":
        assert told(made, table).reason.startswith("the folder does not hold it, on purpose as a rule")
