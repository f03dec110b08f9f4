"""YAML files as pytest sees them: which are collected, what their items are called, and what a mistake does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.unit import forked

GOOD = "schema: postfix-lab/v1\ntests: {a: {expect: {code: 250}, cases: [[case, host], [one, 1.2.3.4], [two, 1.2.3.5]]}}\n"
BAD = "schema: postfix-lab/v1\ntests:\n  a:\n    hots: 1.2.3.4\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "workflow.yml").write_text("on: push\n")
    return tmp_path


def collect(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run(forked.PYTEST, ("--collect-only", "-q", "--lab-debian=12,13", *arguments), folder)


def test_a_folder_gives_the_files_that_say_so(folder: Path) -> None:
    """Others are left alone; items are sorted by release, and their ids have row and release."""
    done = collect(folder)
    assert done.stdout.split()[:4] == [f"good.yaml::a[{row}-{debian}]" for debian in (12, 13) for row in ("one", "two")]
    assert done.returncode == 0


@pytest.mark.parametrize(
    "arguments, ids",
    [
        (["good.yaml::a[one-13]"], ["a[one-13]"]),
        (["-k", "two and 12"], ["a[two-12]"]),
        (["good.yaml::a", "--lab-debian=13"], ["a[one-13]", "a[two-13]"]),
        (["-k", "one", "--lab-debian=13", "--lab-chroot=off"], ["a[one-13-off]"]),
        (["-k", "one", "--lab-debian=13", "--lab-chroot=matrix"],
         [f"a[one-13-{state}]" for state in ("packaged", "empty", "stale", "copied", "off")]),
    ],
)  # fmt: skip
def test_what_is_chosen(folder: Path, arguments: list[str], ids: list[str]) -> None:
    """By id, by -k, and by the options of the lab."""
    said = collect(folder, *arguments).stdout
    assert [line.partition("::")[2] for line in said.splitlines() if "::" in line] == ids


def test_a_mistake_is_a_sentence_and_exit_code_2(folder: Path) -> None:
    """With the place and a caret, without a traceback; the other files are still collected."""
    (folder / "bad.yaml").write_text(BAD)
    done = collect(folder)
    assert "bad.yaml:4:5: a test has no key 'hots'; did you mean hosts?\n        hots: 1.2.3.4\n        ^\n" in done.stdout
    assert "good.yaml::a[one-12]" in done.stdout
    assert "Traceback" not in done.stdout
    assert ".py:" not in done.stdout
    assert done.returncode == 2


def test_a_file_that_was_named_has_to_be_one(folder: Path) -> None:
    """Whoever names a workflow is told what it lacks."""
    done = collect(folder, "workflow.yml")
    assert "workflow.yml:1:1: the file does not say `schema: postfix-lab/v1`" in done.stdout
    assert done.returncode == 2


@pytest.mark.parametrize(
    "option, said",
    [
        ("--lab-chroot=emtpy", "--lab-chroot: 'emtpy' is no chroot state, nor is it `matrix`; did you mean empty?"),
        ("--lab-config=nowhere", "--lab-config: nowhere: the configuration cannot be read: there is no such folder"),
    ],
)
def test_mistakes_in_the_options(folder: Path, option: str, said: str) -> None:
    """They are told once, before anything is collected."""
    done = collect(folder, option)
    assert done.stderr.count(said) == 1
    assert done.returncode == pytest.ExitCode.USAGE_ERROR


def test_a_file_may_be_called_anything(folder: Path) -> None:
    """A name that would move the terminal is spelled out, in a list of tests as in an error."""
    (folder / "a\x1b[31mb.yaml").write_text(GOOD)
    (folder / "c\x1b[2Jd.yaml").write_text(BAD)
    said = collect(folder, "-v", "--lab-debian=12").stdout
    assert all(line.isprintable() for line in said.split("\n"))
    assert r"a\x1b[31mb.yaml" in said
    assert r"ERROR c\x1b[2Jd.yaml" in said
