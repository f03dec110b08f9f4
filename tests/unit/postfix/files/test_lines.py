"""Logical lines as readlline(3) reads them: octets, of which a line feed alone ends a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postfix_lab.postfix.files.lines import (
    BLANKS,
    COMMAS,
    LogicalLine,
    logical_lines,
    name_and_value,
    replace_spans,
    split_lines,
)

NO_LINE_ENDS = "\f\v\r\x1c\x1d\x1e\x85\u2028\u2029"
"""What Python's splitlines() takes for line ends, and Postfix does not."""
OCTETS = st.text(alphabet=st.sampled_from("ab =,#{}-o \t\n\r\f\v\0\x85\u2028\udc85"), max_size=60)


def only(text: str) -> LogicalLine:
    """The one logical line of a text."""
    [line] = logical_lines(text)
    return line


@pytest.mark.parametrize("text, found", [("", []), ("\n", [""]), ("a\n\nb", ["a", "", "b"]), ("a\n", ["a"])])
def test_a_line_feed_ends_a_line(text: str, found: list[str]) -> None:
    """The last line may lack it."""
    assert split_lines(text) == found


@pytest.mark.parametrize("char", NO_LINE_ENDS)
def test_nothing_else_ends_a_line(char: str) -> None:
    """Neither a physical line nor a logical one, nor a comment."""
    assert split_lines(f"a{char}b\nc") == [f"a{char}b", "c"]
    assert [line.text for line in logical_lines(f"a{char}b\n#x{char}y\nc")] == [f"a{char}b", "c"]


def test_white_space_continues_a_line() -> None:
    """Comments and blank lines do not end it, and are not part of it; line feeds vanish, blanks stay."""
    line = only("# before\na  b\n\n \t\f\n # within\n#within\n\tc\n\f d \n")
    assert (line.text, line.first, line.last) == ("a  b\tc\f d ", 2, 8)


def test_a_line_without_white_space_begins_anew() -> None:
    """Each logical line has the numbers of its own lines, a comment behind it counts for none."""
    found = [(line.text, line.first, line.last) for line in logical_lines("a\n b\n#x\nc\n\n#y\nd")]
    assert found == [("a b", 1, 2), ("c", 4, 4), ("d", 7, 7)]


def test_the_first_line_must_not_be_a_continuation() -> None:
    """It is one logical line all the same, with what continues it."""
    first, second = logical_lines(" a\n b\nc\n")
    assert (first.text, first.is_misplaced, second.text, second.is_misplaced) == (" a b", True, "c", False)


def test_nothing_counts_behind_a_nul() -> None:
    """The logical line ends there as a C string, also where others continue it."""
    line = only("a b\0c\n d\n")
    assert (line.text, line.last) == ("a b", 2)


@pytest.mark.parametrize("char", "\f\v\x85\u2028\u00a0")
def test_separators_are_ascii_blanks(char: str) -> None:
    """What else looks like white space belongs to the word."""
    assert [word.text for word in only(f"a{char}b c\td\re").whole.words(BLANKS)] == [f"a{char}b", "c", "d", "e"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("a, b,,c ,", ["a", "b", "c"]), ("x{a, b}y, c", ["x{a, b}y", "c"]), ("{ {a b} c } d", ["{ {a b} c }", "d"]),
        ("}a b} {c d", ["}a", "b}", "{c d"]), (",", []), ("", []),
    ],
)  # fmt: skip
def test_braces_hold_words_together(text: str, words: list[str]) -> None:
    """A brace that is never closed holds the rest; one that closes nothing is a character (mystrtokq(3))."""
    assert [word.text for line in logical_lines(text) for word in line.whole.words(COMMAS)] == words


def test_each_word_knows_its_line() -> None:
    """Over comments, and in whatever line it begins."""
    line = only("a b\n# x\n c\n\n {d\n e} f\n")
    assert [(word.text, word.line) for word in line.whole.words(BLANKS)] == [
        ("a", 1), ("b", 1), ("c", 3), ("{d e}", 5), ("f", 6),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text, name, value",
    [
        ("a=b", "a", "b"), ("a \t=\f b  c\v", "a", "b  c"), ("a==b", "a", "=b"), ("a =", "a", ""), ("a\n = b", "a", "b"),
        ("a=\u00a0b\u00a0", "a", "\u00a0b\u00a0"), ("a\u00a0b = c", "a\u00a0b", "c"),
    ],
)  # fmt: skip
def test_names_and_values(text: str, name: str, value: str) -> None:
    """White space around both of them goes, white space within a value stays (split_nameval(3))."""
    found = name_and_value(only(text).whole)
    assert found is not None
    assert (found[0], found[1].text) == (name, value)


@pytest.mark.parametrize("text", ["a", "= b", "a b = c", "a\0= b"])
def test_no_name_and_value(text: str) -> None:
    """One word has to be in front of the sign."""
    assert name_and_value(only(text).whole) is None


def test_a_word_is_changed_in_its_place() -> None:
    """A word of two lines becomes one in the first; comments and the numbers of lines stay."""
    text = "a {b\n# why\n  c} d\n"
    word = list(only(text).whole.words(BLANKS))[1]
    assert replace_spans(text, [(word, "new")]) == "a new\n# why\n d\n"


@given(OCTETS)
def test_words_are_found_again_in_the_file(text: str) -> None:
    """Whatever a file holds, the pieces of each word are its characters, and it begins in its line."""
    for line in logical_lines(text):
        for word in line.whole.words(BLANKS):
            pieces = list(word.pieces())
            assert "".join(text[begin:end] for begin, end in pieces) == word.text
            assert text.count("\n", 0, pieces[0][0]) + 1 == word.line


@given(OCTETS, st.sampled_from(["", "x", "x y"]))
def test_a_change_leaves_every_other_line(text: str, new: str) -> None:
    """Lines keep their numbers, whatever is put where a logical line was."""
    for line in logical_lines(text):
        before, after = split_lines(text), split_lines(replace_spans(text, [(line.whole, new)]) + "\n")
        own = {part.line for part in line.parts}
        assert [b for n, b in enumerate(before, 1) if n not in own] == [
            b for n, b in enumerate(after[: len(before)], 1) if n not in own
        ]


@pytest.mark.parametrize(
    "number, start, stop, pieces",
    [(0, 0, 8, [(0, 5), (6, 9)]), (0, 2, 8, [(2, 5), (6, 9)]), (0, 3, 3, [(3, 3)]), (0, 0, 5, [(0, 5)]), (0, 5, 5, [(6, 6)]), (0, 6, 6, [(7, 7)]), (1, 4, 5, [(14, 15)])],
)
def test_pieces_of_a_span(number: int, start: int, stop: int, pieces: list[tuple[int, int]]) -> None:
    """One for each line of the file; an empty span has its place as well."""
    line = list(logical_lines("a = b\n  c\nd = e\n"))[number]
    assert list(line.whole.cut(start, stop).pieces()) == pieces
