"""Where a word of a list stands: the very line, in main.cf and master.cf."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.files.place import Place, PlacedWord, locate_words, split_words, words_in_main, words_in_master

LONG = """\
# lists
common = permit_mynetworks
  reject
smtpd_client_restrictions = sleep 1,
    # a comment within
    $common

    check_client_access inline:{ a.example = reject no, b.example = OK }
    reject_rbl_client bl.example
"""
SERVICES = """\
smtp inet n - y - 1 postscreen
smtpd pass - - y - - smtpd
192.0.2.21:587 inet n - y - - smtpd -o smtpd_relay_restrictions=permit
192.0.2.21:587 inet n - y - - smtpd
  -o { smtpd_relay_restrictions = permit_sasl_authenticated,
     reject }
587 inet n - y - - smtpd -o smtpd_relay_restrictions=reject -osmtpd_client_restrictions=$common
smtps inet n - y - - smtpd
broken
"""


def where(words: tuple[PlacedWord, ...] | None) -> list[str]:
    """Each word with its place."""
    assert words is not None
    return [f"{word.text} {word.place}" for word in words]


def test_each_word_has_its_own_line() -> None:
    """Over comments, empty lines, blanks in braces, and by way of another parameter."""
    assert where(words_in_main(LONG, "smtpd_client_restrictions")) == [
        "sleep main.cf:4", "1 main.cf:4", "permit_mynetworks main.cf:2", "reject main.cf:3",
        "check_client_access main.cf:8", "inline:{ a.example = reject no, b.example = OK } main.cf:8",
        "reject_rbl_client main.cf:9", "bl.example main.cf:9",
    ]  # fmt: skip
    assert words_in_main(LONG, "smtpd_helo_restrictions") is None


def test_parameter_that_names_itself_ends() -> None:
    """Postfix would not start with it; this does not hang."""
    assert where(words_in_main("a = $b\nb = $a\n", "a")) == ["$b main.cf:1"] or words_in_main("a = $b\nb = $a\n", "a")


@pytest.mark.parametrize("count, last", [(16, "x main.cf:17"), (17, "$a17 main.cf:17")])
def test_how_deep_names_are_followed(count: int, last: str) -> None:
    """Through sixteen parameters."""
    text = "".join(f"a{number} = $a{number + 1}\n" for number in range(count)) + f"a{count} = x\n"
    assert where(words_in_main(text, "a0")) == [last]


def test_nothing_but_a_line_feed_makes_a_line() -> None:
    """What other programs take for line ends moves no word to another line."""
    text = "# \f \x85 \u2028 \r x\nsmtpd_client_restrictions = a\f, b\x85\r\n  c\u2028, d\0, e\n"
    assert where(words_in_main(text, "smtpd_client_restrictions")) == [
        "a\f main.cf:2", "b\x85 main.cf:2", "c\u2028 main.cf:3", "d main.cf:3",
    ]  # fmt: skip


def test_an_empty_list_is_none_that_is_missing() -> None:
    """It is set, and has no words."""
    assert words_in_main("smtpd_client_restrictions =\n", "smtpd_client_restrictions") == ()
    master = "25 inet n - y - - smtpd -o smtpd_client_restrictions=\n"
    assert words_in_master("", master, "25/inet", "smtpd_client_restrictions") == ()
    assert words_in_master("", master, "25/inet", "smtpd_helo_restrictions") is None


def test_white_space_ends_a_list_of_master_cf() -> None:
    """Its second word is an argument of smtpd, and none of the list."""
    master = "25 inet n - y - - smtpd\n  -o smtpd_relay_restrictions=permit_sasl_authenticated, reject\n"
    found = words_in_master("", master, "25/inet", "smtpd_relay_restrictions")
    assert where(found) == ["permit_sasl_authenticated master.cf:2"]


def test_options_of_master_cf() -> None:
    """`-o name=value`, `-oname=value`, the long form in braces over two lines, and the last of two entries."""
    at = "smtpd_relay_restrictions"
    braces = words_in_master(LONG, SERVICES, "192.0.2.21:587/inet", at)
    assert where(braces) == ["permit_sasl_authenticated master.cf:5", "reject master.cf:6"]
    assert where(words_in_master(LONG, SERVICES, "587/inet", at)) == ["reject master.cf:7"]
    named = words_in_master(LONG, SERVICES, "587/inet", "smtpd_client_restrictions")
    assert where(named) == ["permit_mynetworks main.cf:2", "reject main.cf:3"]


def test_words_in_effect_keep_their_places() -> None:
    """What postconf says counts; a word that is written nowhere as such gets the place of the whole."""
    found = locate_words("permit_mynetworks, odd, reject", words_in_main(LONG, "common"), Place("main.cf"))
    assert where(found) == ["permit_mynetworks main.cf:2", "odd main.cf:2", "reject main.cf:3"]
    assert where(locate_words("reject", None, Place("default"))) == where(split_words("reject", Place("default")))
