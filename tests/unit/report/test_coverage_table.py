"""Coverage that was made by hand, as a table, as a file with counts and as data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.postfix.files.place import Place
from postfix_lab.postfix.restrictions import Restriction
from postfix_lab.report.coverage_table import (
    FOLDER,
    annotate,
    coverage_data,
    coverage_text,
    load_coverage,
    save_coverage,
    shortfall,
)
from postfix_lab.verdict.coverage import Coverage, Covered

RELAY = "smtpd_relay_restrictions"


def row(name: str, line: int | None, evaluated: int, decided: int, *, file: str = "main.cf", of: str = RELAY) -> Covered:
    return Covered(Restriction(name, "", Place(file, line), of, 0), evaluated, decided)


COVERAGE = Coverage(
    "/etc/article", "a\nb\x1b\n\nd\n", "m\n",
    (
        row("permit_mynetworks", 1, 3, 0),
        row("reject", 2, 3, 12),
        row("sleep", 2, 1, 0),
        row("permit", 4, 0, 0, of="greedy"),
        row("permit", None, 0, 0, file="default", of="smtpd_data_restrictions"),
        row("reject", 1, 2, 1, file="master.cf"),
        row("x" * 70, None, 1, 1, file="override", of="smtpd_client_restrictions"),
    ),
)  # fmt: skip


def test_the_table() -> None:
    """A group for each list and file; in words what was never met, never decided, or cannot."""
    text = "{:<60}  {:<13}  evaluated {:>4}  {}"
    assert coverage_text([COVERAGE]).splitlines() == [
        "coverage of /etc/article: 4 of 6 restrictions evaluated, 67 %",
        "  smtpd_relay_restrictions  (RCPT, main.cf)",
        "    " + text.format("permit_mynetworks", "main.cf:1", 3, "NEVER DECIDED"),
        "    " + text.format("reject", "main.cf:2", 3, "decided   12"),
        "    " + text.format("sleep", "main.cf:2", 1, "cannot decide"),
        "  greedy  (restriction class, main.cf)",
        "    " + text.format("permit", "main.cf:4", 0, "NEVER REACHED"),
        "  smtpd_data_restrictions  (DATA, default)",
        "    " + text.format("permit", "default", 0, "NEVER REACHED"),
        "  smtpd_relay_restrictions  (RCPT, master.cf)",
        "    " + text.format("reject", "master.cf:1", 2, "decided    1"),
    ]


def test_what_scenarios_set() -> None:
    """On request; a long restriction is cut short. Each configuration has a table of its own."""
    lines = coverage_text([COVERAGE, COVERAGE], overrides=True).splitlines()
    assert lines[11] == "  smtpd_client_restrictions  (CONNECT, override)"
    assert lines[12].startswith(f"    {'x' * 57}...  override ")
    assert lines[13:15] == ["", lines[0]]


@pytest.mark.parametrize(
    "name, stage",
    [
        ("client", "CONNECT"), ("helo", "HELO"), ("sender", "MAIL"), ("relay", "RCPT"), ("recipient", "RCPT"), ("data", "DATA"),
        ("end_of_data", "MESSAGE"), ("etrn", "ETRN"),
    ],
)  # fmt: skip
def test_the_stage_of_a_list(name: str, stage: str) -> None:
    """As it stands in the table and in the data."""
    coverage = Coverage("x", "", "", (row("reject", 1, 1, 1, of=f"smtpd_{name}_restrictions"),))
    assert coverage_text([coverage]).splitlines()[1].endswith(f"({stage}, main.cf)")
    assert coverage_data([coverage])["configurations"][0]["restrictions"][0]["stage"] == stage


def test_the_file_with_counts() -> None:
    """Evaluated and decided in front of each line; `!` where one was never met."""
    assert annotate(COVERAGE) == (
        "3/0           | a\n3/12,1/0      | b\\x1b\n              |\n! 0/0         | d\n"
    )  # fmt: skip
    assert annotate(COVERAGE, "master.cf") == "2/1           | m\n"


def test_what_is_missing() -> None:
    """A sentence for each configuration that has too little."""
    assert shortfall([COVERAGE], 66.6) == ""
    told = "The coverage of /etc/article is 67 %, and 66.7 % are wanted: permit (main.cf:4), permit (default) were never evaluated."
    assert shortfall([COVERAGE, COVERAGE], 66.7) == f"{told} {told}"
    one = Coverage("a", "", "", (row("reject", 1, 0, 0),))
    assert shortfall([one], 50) == "The coverage of a is 0 %, and 50 % are wanted: reject (main.cf:1) was never evaluated."


def test_the_same_as_data() -> None:
    """Every word of it; a class has no stage."""
    (told,) = coverage_data([COVERAGE])["configurations"]
    assert (told["configuration"], told["percent"], len(told["restrictions"])) == ("/etc/article", 66.7, 7)
    assert told["restrictions"][3] == {
        "list": "greedy", "stage": None, "restriction": "permit", "argument": "", "file": "main.cf", "line": 4, "evaluated": 0,
        "decided": 0, "decides": True, "counts": True,
    }  # fmt: skip


def test_what_is_kept(tmp_path: Path) -> None:
    """The table, both files of each configuration, and the data, which alone are read back."""
    folder = tmp_path / FOLDER
    unnamed = Coverage("/", "", "", ())
    save_coverage((COVERAGE, unnamed), folder)
    save_coverage((COVERAGE, unnamed), folder)
    assert FOLDER == "coverage"
    assert sorted(file.name for file in folder.iterdir()) == [
        "2.main.cf", "2.master.cf", "article.main.cf", "article.master.cf", "coverage.json", "coverage.txt",
    ]  # fmt: skip
    assert (folder / "coverage.txt").read_text() == coverage_text((COVERAGE, unnamed), overrides=True) + "\n"
    assert (folder / "article.master.cf").read_text() == annotate(COVERAGE, "master.cf")
    assert json.loads((folder / "coverage.json").read_text())["format"] == 1
    assert load_coverage(folder) == (COVERAGE, unnamed)


def test_a_link_is_replaced(tmp_path: Path) -> None:
    """What it leads to is left alone."""
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "coverage.txt").symlink_to(tmp_path / "mine")
    save_coverage((), tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"
    assert (tmp_path / "coverage.txt").is_symlink() is False


def test_nothing_to_read(tmp_path: Path) -> None:
    """A folder without the file, and a file of another format: both remedies are named."""
    with pytest.raises(InputError, match=r"no coverage there: No such file or directory; name a folder that holds coverage\.json$"):
        load_coverage(tmp_path)
    for text in ("[]", '{"format": 2}'):
        (tmp_path / "coverage.json").write_text(text)
        with pytest.raises(InputError, match="run scenarios with --coverage"):
            load_coverage(tmp_path)
