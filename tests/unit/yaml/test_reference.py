"""The reference of all keys: the document has it, each table and each key once."""

from __future__ import annotations

import re

from postfix_lab.paths import ROOT
from postfix_lab.yaml.reference import reference
from postfix_lab.yaml.vocabulary.keys import DEFAULTS, EXPECT, FILE, LANGUAGE, ONE_EXPECT, ONE_SESSION, ROW, STEP, TEST

DOCUMENT = (ROOT / "docs" / "yaml.md").read_text("utf-8")
BY_RULE = (DEFAULTS, ONE_SESSION, ONE_EXPECT, STEP, ROW)


def headings() -> list[str]:
    """Return the names of the tables, in their order."""
    return re.findall(r"^\| (.+) \| \|$", reference(), re.MULTILINE)


def test_the_documents_have_every_key() -> None:
    """The reference is the declaration: `python -m postfix_lab.yaml.reference` writes it."""
    assert DOCUMENT.partition("## Reference\n\n")[2] == reference()


def test_each_table_once() -> None:
    """File, test and expect come first; a table whose keys are in another one is not repeated."""
    found = headings()
    assert [heading.lower() for heading in found[:3]] == [table.what.lower() for table in (FILE, TEST, EXPECT)]
    wanted = {table.what.lower() for table in LANGUAGE.tables() if table not in BY_RULE}
    assert (len(found), {heading.lower() for heading in found}) == (len(wanted), wanted)


def test_a_row_for_each_key() -> None:
    """With the sentence about it."""
    lines = reference().splitlines()
    rows = [f"| `{key.name}` | {key.about} |" for table in LANGUAGE.tables() if table not in BY_RULE for key in table.keys]
    assert sorted(line for line in lines if line.startswith("| `") and not line.endswith("| |")) == sorted(rows)


def test_a_sentence_for_each_table_that_is_not_repeated() -> None:
    """What it says of `expect` in a session is true."""
    told = reference().rpartition("|\n\n")[2].splitlines()
    starts = [f"{table.what[0].upper()}{table.what[1:]} has " for table in BY_RULE]
    assert [line for line, start in zip([line for line in told if line], starts, strict=True) if not line.startswith(start)] == []
    names = [key.name for key in EXPECT.keys]
    own = {key.name for key in ONE_EXPECT.keys}
    assert own == set(names[names.index("verdict") : names.index("connected-as") + 1])
