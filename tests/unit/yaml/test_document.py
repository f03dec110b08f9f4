"""Includes, defaults, tables and matrices: which tests a file makes, and what counts for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.yaml.conftest import HEAD, Mistake, Plays

EXPECT = "expect: {code: 250}"


def test_each_row_is_a_test(sheet: Plays) -> None:
    """As lists below column names or as tables, named or numbered; `~` leaves a cell out."""
    found = sheet(f"""
    tests:
      named: {{cases: [[case, host, helo], [v4, 203.0.113.9, x.example], [v6, "2001:db8::9", ~]], {EXPECT}}}
      numbered: {{cases: [{{host: 203.0.113.9, code: 250}}, {{host: 203.0.113.10, code: 4xx}}]}}
    """)
    assert [play.id for play in found] == ["named[v4-12]", "named[v6-12]", "numbered[1-12]", "numbered[2-12]"]
    assert [play.rounds[0].sessions[0].address for play in found][:2] == ["203.0.113.9", "2001:db8::9"]
    assert [play.rounds[0].checks[0].want for play in found] == ["250", "250", "250", "4xx"]


def test_a_matrix_is_every_combination(sheet: Plays) -> None:
    """Rows times labels times releases times chroot states; a test's own matrix stands for the file's."""
    found = sheet(
        f"""
        matrix: {{main: {{soft: {{a: 1}}, hard: {{a: 2}}}}, chroot: [packaged, off]}}
        tests:
          a: {{cases: [[case, host], [x, 203.0.113.9]], {EXPECT}}}
          b: {{matrix: {{debian: [13]}}, {EXPECT}}}
        """,
        (12, 13),
    )
    assert [play.id for play in found] == [
        *(f"a[x-{label}-{debian}-{state}]" for label in ("soft", "hard") for debian in (12, 13) for state in ("packaged", "off")),
        "b[13]",
    ]  # fmt: skip
    assert [dict(play.setup.main)["a"] for play in found[:8]] == ["1"] * 4 + ["2"] * 4


def test_what_is_nearer_wins(sheet: Plays, tmp_path: Path) -> None:
    """Row over test over defaults over file over what it includes; tables of names are put together."""
    (tmp_path / "below.yaml").write_text(f"{HEAD}main: {{a: include, b: include, c: include, d: include}}\n")
    (play,) = sheet(f"""
    include: below.yaml
    main: {{b: file, c: file, d: file}}
    tests:
      a: {{main: {{c: test, d: test}}, cases: [{{main: {{d: row}}}}], {EXPECT}}}
    """)
    assert play.setup.main == {"a": "include", "b": "file", "c": "test", "d": "row"}


def test_defaults_are_what_a_test_does_not_say(sheet: Plays) -> None:
    """Expectations too are put together key by key."""
    first, second = sheet("""
    defaults: {helo: default.example, expect: {code: 250, stage: RCPT}}
    tests: {a: {}, b: {helo: own.example, expect: {code: 450}}}
    """)
    assert "EHLO default.example" in str(first.rounds[0].sessions[0].dialogue)
    assert "EHLO own.example" in str(second.rounds[0].sessions[0].dialogue)
    assert [play.rounds[0].checks[0].want for play in (first, second)] == ["RCPT 250", "RCPT 450"]


@pytest.mark.parametrize(
    "text, said",
    [
        ("include: sheet.yaml\n", "2:10: this file includes itself"),
        ("include: nothing.yaml\n", "2:10: "),
        ("tests: {a: {cases: [[host, verdct], [1, 2]]}}\n", "2:28: no key is called 'verdct'; did you mean verdict?"),
        ("tests: {a: {cases: [[host, host], [1, 2]]}}\n", "2:22: two columns are called 'host'"),
        ("tests: {a: {cases: [[host]]}}\n", "2:21: the table has the names of its columns and no row"),
        ("tests: {a: {cases: [[host], [1, 2]]}}\n", "2:29: the row has to be a list of 1 cells, one a column; it is 2"),
        ("tests: {a: {cases: [{host: 1.1.1.1}, [2]]}}\n", "2:38: the first row is a table of keys"),
        ("tests: {a: {cases: [[port], [ssh]]}}\n", "2:30: 'ssh' is not a port"),
        ("tests: {a: {cases: [[case, code], [x, 250], [x, 250]]}}\n", "2:46: there is a row 'x' already"),
        ("tests: {a: {expect: {code: 250}}}\nscenarios: {a: {}}\n", "3:13: there is a test 'a' already"),
        ("tests: {'a[b': {}}\n", "2:9: 'a[b' is not a name for a test"),
    ],
)
def test_mistakes(mistake: Mistake, text: str, said: str) -> None:
    """Each is told with its place."""
    assert mistake(text).startswith(said)


def test_files_that_include_each_other(mistake: Mistake, tmp_path: Path) -> None:
    """A cycle is refused where it closes, also where it is a symbolic link's."""
    (tmp_path / "link.yaml").symlink_to("sheet.yaml")
    (tmp_path / "other.yaml").write_text(f"{HEAD}include: link.yaml\n")
    assert "other.yaml:2:10: this file includes itself by way of others" in mistake("include: other.yaml\n")


def test_an_included_file_has_no_tests(mistake: Mistake, tmp_path: Path) -> None:
    """They would be run twice, or be forgotten."""
    (tmp_path / "other.yaml").write_text(f"{HEAD}tests: {{a: {{expect: {{code: 250}}}}}}\n")
    assert "a file that others include has no tests" in mistake("include: other.yaml\n")


def test_a_matrix_does_not_explode(mistake: Mistake) -> None:
    """A short file cannot ask for a million tests."""
    labels = ", ".join(f"l{number}: {{a: 1}}" for number in range(100))
    text = f"matrix: {{main: {{{labels}}}, policyd_spf: {{{labels}}}}}\ntests: {{a: {{expect: {{code: 250}}}}}}\n"
    assert "the file makes more than 2000 tests" in mistake(text)


def test_releases_on_which_it_makes_no_sense_are_left_out(sheet: Plays) -> None:
    """`debian` narrows the releases of the call down; none may be left."""
    text = f"tests: {{a: {{debian: [11, 12], {EXPECT}}}, b: {{debian: 13, {EXPECT}}}}}\n"
    assert [play.id for play in sheet(text, (12, 13))] == ["a[12]", "b[13]"]
    assert sheet(text.replace("[11, 12]", "11"), (12,)) == ()
