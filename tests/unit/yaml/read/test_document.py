"""Includes, defaults, tables and matrices: which tests a file makes, and what counts for each."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.errors import InputError
from postfix_lab.yaml.read import document
from postfix_lab.yaml.read.document import WrittenTest, read_tests
from postfix_lab.yaml.read.language import Language
from postfix_lab.yaml.read.layers import Layer
from postfix_lab.yaml.read.node import ListNode, TableNode, YamlNode
from postfix_lab.yaml.read.value_kind import Anything, Key, Keys, OneOrMore, TableOf, Text
from tests.unit.yaml.conftest import HEAD, Mistake, Plays

EXPECT = "expect: {code: 250}"
ANY = OneOrMore(Anything())
SEEN = Keys("what is seen", (Key("height", Text("a height", r"\d+ cm"), "its height"),))
PLANT = (
    Key("soil", TableOf(Text()), "what it grows in", merge="by name"),
    Key("pests", ANY, "who eats it", merge="join"),
    Key("water", Text(), "how often"),
    *(Key(name, ANY, "as in any language") for name in ("steps", "sessions", "matrix", "cases")),
    Key("expect", SEEN, "what is seen", merge="by name"),
)
SHEET = Keys("a sheet", (
    Key("schema", Text(), "its version"), Key("defaults", Keys("defaults", PLANT), "for all"), *PLANT,
    Key("tests", TableOf(Keys("a plant", PLANT)), "by name"),
))  # fmt: skip
GARDENING = Language(SHEET, Keys("a row", (*PLANT, Key("case", Text(), "its label"), *SEEN.keys)), SEEN)


def written(folder: Path, text: str) -> tuple[WrittenTest, ...]:
    """What the read phase makes of a text in a language that has nothing to do with mail."""
    path = folder / "garden.yaml"
    path.write_text(HEAD + textwrap.dedent(text).lstrip("\n"), "utf-8")
    return read_tests(path, GARDENING)


def plain(layer: Layer) -> dict[str, Any]:
    """Keys and texts without positions."""

    def value(node: YamlNode) -> Any:
        if isinstance(node, TableNode):
            return {key.text: value(below) for key, below in node}
        return [value(item) for item in node.items] if isinstance(node, ListNode) else node.text

    return {key: value(node) for key, node in layer.items()}


def test_any_language_is_read(tmp_path: Path) -> None:
    """Rows and cells by the keys of the language: merged by its rules, with the labels and the place of each test."""
    first, second = written(tmp_path, """
    soil: {sand: much}
    pests: snail
    tests:
      rose:
        matrix: {soil: {dry: {peat: none}, wet: {peat: some}}}
        cases: [[pests, height], [louse, 30 cm]]
    """)
    assert [(test.name, test.labels, test.key.place.line) for test in (first, second)] == [
        ("rose", ("1", "dry"), 5), ("rose", ("1", "wet"), 5),
    ]  # fmt: skip
    assert plain(first.keys) == {
        "soil": {"sand": "much", "peat": "none"}, "pests": ["louse", "snail"], "expect": {"height": "30 cm"},
    }  # fmt: skip
    assert [plain(each.own) for each in second.rounds] == [
        {"soil": {"peat": "some"}, "pests": "louse", "expect": {"height": "30 cm"}}
    ]


def test_steps_and_sessions_are_merged(tmp_path: Path) -> None:
    """Each step has what the test says, each session what its step says; `own` leaves out what the file says for all."""
    (test,) = written(tmp_path, """
    defaults: {water: daily, soil: {sand: much}}
    tests:
      rose:
        soil: {peat: none}
        sessions: [{water: never}, {expect: {height: 5 cm}}]
        steps: [{soil: {peat: some}}, {water: hourly, sessions: [{}]}]
    """)
    first, second = test.rounds
    assert [plain(each)["water"] for each in (*first.sessions, *second.sessions)] == ["never", "daily", "hourly"]
    assert plain(first.sessions[1])["soil"] == {"sand": "much", "peat": "some"}
    assert plain(first.sessions[1])["expect"] == {"height": "5 cm"}
    assert (plain(first.own)["soil"], plain(second.own)["soil"]) == ({"peat": "some"}, {"peat": "none"})
    assert "steps" in test.keys
    assert "steps" not in first.keys


def test_a_test_without_steps_is_one_round(tmp_path: Path) -> None:
    """And without sessions it is its only session."""
    (test,) = written(tmp_path, "water: daily\ntests: {rose: {soil: {sand: much}}}\n")
    (only,) = test.rounds
    assert (only.keys, only.sessions) == (test.keys, (test.keys,))
    assert plain(only.own) == {"soil": {"sand": "much"}}


@pytest.mark.parametrize(
    "text, message",
    [
        ("tests: {rose: {sun: much}}\n", "2:16: a plant has no key 'sun'; there are cases, expect,"),
        ("tests: {rose: {expect: {height: tall}}}\n", "2:33: 'tall' is not a height"),
        ("tests: {rose: {cases: [[verdict], [accept]]}}\n", "2:25: no key is called 'verdict'"),
    ],
)
def test_mistakes_in_any_language(tmp_path: Path, text: str, message: str) -> None:
    """Keys and kinds are those of the language, and each mistake has its place."""
    with pytest.raises(InputError, match=re.escape(f"garden.yaml:{message}")):
        written(tmp_path, text)


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
    "text, message",
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
def test_mistakes(mistake: Mistake, text: str, message: str) -> None:
    """Each is told with its place."""
    assert mistake(text).startswith(message)


def test_a_file_that_does_not_say_what_it_is(tmp_path: Path) -> None:
    """Nothing is guessed."""
    (tmp_path / "a.yaml").write_text("tests: {rose: {}}\n")
    with pytest.raises(InputError, match="the file does not say `schema: postfix-lab/v1`, so it has no scenarios of the lab"):
        read_tests(tmp_path / "a.yaml", GARDENING)


def test_files_that_include_each_other(mistake: Mistake, tmp_path: Path) -> None:
    """A cycle is refused where it closes, also where it is a symbolic link's."""
    (tmp_path / "link.yaml").symlink_to("sheet.yaml")
    (tmp_path / "other.yaml").write_text(f"{HEAD}include: link.yaml\n")
    assert "other.yaml:2:10: this file includes itself by way of others" in mistake("include: other.yaml\n")


def test_the_longest_chain_of_includes(sheet: Plays, mistake: Mistake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that includes one that includes another is a chain of two."""
    text = f"include: one.yaml\ntests: {{a: {{host: far, {EXPECT}}}}}\n"
    (tmp_path / "one.yaml").write_text(f"{HEAD}include: two.yaml\n")
    (tmp_path / "two.yaml").write_text(f"{HEAD}hosts: {{far: {{address: 203.0.113.60}}}}\n")
    monkeypatch.setattr(document, "_MOST_INCLUDES", 2)
    (play,) = sheet(text)
    assert play.rounds[0].sessions[0].address == "203.0.113.60"
    monkeypatch.setattr(document, "_MOST_INCLUDES", 1)
    assert "one.yaml:2:10: more than 1 files include each other" in mistake(text)


def test_an_included_file_has_no_tests(mistake: Mistake, tmp_path: Path) -> None:
    """They would be run twice, or be forgotten."""
    (tmp_path / "other.yaml").write_text(f"{HEAD}tests: {{a: {{expect: {{code: 250}}}}}}\n")
    assert "a file that others include has no tests" in mistake("include: other.yaml\n")


def test_a_matrix_does_not_explode(mistake: Mistake) -> None:
    """A short file cannot ask for a million tests."""
    labels = ", ".join(f"l{number}: {{a: 1}}" for number in range(100))
    text = f"matrix: {{main: {{{labels}}}, policyd_spf: {{{labels}}}}}\ntests: {{a: {{expect: {{code: 250}}}}}}\n"
    assert "the file makes more than 2000 tests" in mistake(text)


@pytest.mark.parametrize("most, count", [(4, 4), (3, None)])
def test_the_most_tests_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, count: int | None) -> None:
    """As many as that are read."""
    monkeypatch.setattr(document, "_MOST_TESTS", most)
    text = "tests: {a: {soil: {}}, b: {soil: {}}, c: {soil: {}}, d: {soil: {}}}\n"
    if count is None:
        with pytest.raises(InputError, match=r"2:\d+: the file makes more than 3 tests"):
            written(tmp_path, text)
    else:
        assert len(written(tmp_path, text)) == count


def test_releases_on_which_it_makes_no_sense_are_left_out(sheet: Plays) -> None:
    """`debian` narrows the releases of the call down; none may be left."""
    text = f"tests: {{a: {{debian: [11, 12], {EXPECT}}}, b: {{debian: 13, {EXPECT}}}}}\n"
    assert [play.id for play in sheet(text, (12, 13))] == ["a[12]", "b[13]"]
    assert sheet(text.replace("[11, 12]", "11"), (12,)) == ()
