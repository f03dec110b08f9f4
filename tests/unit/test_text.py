"""Words that are safe on a terminal and in the name of a folder."""

from __future__ import annotations

import pytest

from postfix_lab.text import did_you_mean, folder_name, printable, printable_lines, shorten, stamp


@pytest.mark.parametrize(
    "text, told",
    [
        ("a b\u00fc", "a b\u00fc"),
        ("\x1b[2J\n\r\t", r"\x1b[2J\n\r\t"),
        ("a\u202eb", r"a\u202eb"),
        ("\xff\xa0", "\xff\\xa0"),
        ("\U000e0001", r"\U000e0001"),
        ("\uffff", r"\uffff"),
        ("\x00\x7f\x85\u061c\udcff\\", r"\x00\x7f\x85\u061c\udcff" + "\\"),
    ],
)
def test_what_is_printable(text: str, told: str) -> None:
    """Everything else is spelled out, with as many digits as it needs."""
    assert printable(text) == told


def test_lines_stay_lines() -> None:
    """Only what is within them is spelled out."""
    assert printable_lines("a\x00\nb\r\n") == "a\\x00\nb\\r\n"


@pytest.mark.parametrize("text, width, cut", [("abcd", 4, "abcd"), ("abcde", 4, "a..."), ("abcd", 3, "..."), ("abcd", 2, "...")])
def test_a_text_that_is_too_long(text: str, width: int, cut: str) -> None:
    """Three dots stand for what is missing."""
    assert shorten(text, width) == cut


@pytest.mark.parametrize(
    "word, told",
    [("Helo", "did you mean HELO?"), ("RCTP", "did you mean RCPT?"), ("zzz", "there are DATA, HELO, RCPT")],
)
def test_the_near_miss(word: str, told: str) -> None:
    """The nearest, whatever its case; all of them in order if none is near."""
    assert did_you_mean(word, ["RCPT", "HELO", "DATA"]) == told


@pytest.mark.parametrize(
    "at, text", [(0.0, "1970-01-01T00:00:00.000000+00:00"), (1.5, "1970-01-01T00:00:01.500000+00:00"), (1e20, "1e+20 s")]
)
def test_a_time(at: float, text: str) -> None:
    """UTC with microseconds; what no calendar has is a number."""
    assert stamp(at) == text


@pytest.mark.parametrize(
    "parts, name",
    [
        (("..", "../etc/passwd[12]"), "etc-passwd-12"),
        (("a.b", "c_d"), "a.b-c_d"),
        (("\u00fc",), "\u00fc"),
        (("...",), "unnamed"),
        (("x" * 200,), "x" * 200),
    ],
)
def test_a_folders_name(parts: tuple[str, ...], name: str) -> None:
    """No separator and no dot at an end."""
    assert folder_name(*parts) == name


@pytest.mark.parametrize("letter", ["x", "\u00fc"])
def test_a_name_that_is_too_long(letter: str) -> None:
    """It is cut to 200 octets, with a digest of the whole, so that two of them differ."""
    one, other = folder_name(letter * 201), folder_name(letter * 202)
    assert one != other
    assert one.rpartition("-")[0] == other.rpartition("-")[0] == letter * (187 // len(letter.encode()))
    assert len(one.rpartition("-")[2]) == 12
