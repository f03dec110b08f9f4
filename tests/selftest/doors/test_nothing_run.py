"""A run that learns nothing is not green: files left out in silence, skipped tests, a host that takes no mail."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from postfix_lab.paths import CONFIGURATIONS
from tests.selftest.command import Command

GOOD = "schema: postfix-lab/v1\ntests: {fine: {expect: {verdict: accept}}}\n"
SKIPPED = "schema: postfix-lab/v1\ntests: {later: {skip: not yet, expect: {verdict: accept}}}\n"


@pytest.mark.parametrize(
    "text, said",
    [
        ("shema: postfix-lab/v1\ntests: {a: {expect: {verdict: reject}}}\n", "does not say `schema: postfix-lab/v1`"),
        ("tests: {a: {expect: {verdict: reject}}}\n", "does not say `schema: postfix-lab/v1`"),
        ("schema: postfixlab/v1\ntests: {a: {expect: {verdict: reject}}}\n", "other.yaml:1:9"),
    ],
    ids=["misspelt", "without", "unknown"],
)
def test_file_that_is_not_run(tmp_path: Path, text: str, said: str) -> None:
    """It stands in a run's folder, beside a good one, and is an error with its place."""
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "other.yaml").write_text(text)
    done = Command(tmp_path)("run", ".", "--debian", "12")
    assert done.returncode == 2, done.stdout
    assert "other.yaml" in done.stdout
    assert said in done.stdout


def test_files_of_others(tmp_path: Path) -> None:
    """Other YAML in the folder is nobody's mistake."""
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "compose.yaml").write_text("name: postfix-lab\nservices: {tests: {image: x}}\n")
    done = Command(tmp_path)("run", ".", "--debian", "12")
    assert done.returncode == 0, done.stdout


def test_all_skipped(tmp_path: Path) -> None:
    """As if there were none."""
    (tmp_path / "skipped.yaml").write_text(SKIPPED)
    done = Command(tmp_path)("run", "skipped.yaml", "--debian", "12")
    assert (done.returncode, "No scenario ran: 1 skipped." in done.stderr) == (2, True)


def test_pack_on_a_host_that_takes_no_mail(tmp_path: Path) -> None:
    """Each of its scenarios accepts a closed port, and all together have learned nothing."""
    done = Command(tmp_path)("run", "--pack", "relay", "--config", str(CONFIGURATIONS / "null-client"), "--debian", "12")
    assert done.returncode == 1, done.stdout
    assert " closed: nothing learned." in done.stderr
    passed = sum(line.startswith("pass ") for line in done.stdout.splitlines())
    assert f"{passed} closed: nothing learned." in done.stderr


def test_closed_port_that_is_wanted(tmp_path: Path) -> None:
    """A test that insists on the closed port has learned what it asked."""
    sheet = """
        schema: postfix-lab/v1
        config: null-client
        tests: {nobody-listens: {expect: {verdict: closed}}}
    """
    (tmp_path / "closed.yaml").write_text(textwrap.dedent(sheet))
    assert Command(tmp_path)("run", "closed.yaml", "--debian", "12").returncode == 0
