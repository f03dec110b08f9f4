"""main.cf: what its parameters are, where they stand, and one of them changed in place."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postfix_lab.errors import InputError
from postfix_lab.postfix.files import macros, main_cf

MAIN = """\
# a comment
myhostname = mx.lab.test
smtpd_relay_restrictions =
    permit_mynetworks,
# a comment inside
    reject_unauth_destination

mynetworks = 127.0.0.0/8
mynetworks = 10.0.0.0/8
"""


def test_logical_lines_are_joined_over_comments() -> None:
    """A value goes on in indented lines, and a comment in between does not end it."""
    found = main_cf.parameters(MAIN)[1]
    assert (found.name, found.value) == ("smtpd_relay_restrictions", "permit_mynetworks,    reject_unauth_destination")
    assert (found.first, found.last) == (3, 6)
    assert [(word.text, word.line) for word in found.words] == [("permit_mynetworks", 4), ("reject_unauth_destination", 6)]


def test_the_later_setting_wins() -> None:
    """As postconf(5) has it, the last setting of a parameter counts."""
    assert main_cf.value(MAIN, "mynetworks") == "10.0.0.0/8"
    assert main_cf.in_effect(MAIN)["mynetworks"].first == 9
    assert main_cf.value(MAIN, "relayhost") is None


@pytest.mark.parametrize("char", "\f\v\r\x85\u2028\udc85")
def test_no_other_character_ends_a_setting(char: str) -> None:
    """Only a line feed does: what a splitlines() would take for a second setting is part of the first."""
    found = main_cf.parameters(f"relayhost = a{char}b = c\nmyhostname = d\n")
    assert [(p.name, p.value, p.first) for p in found] == [("relayhost", f"a{char}b = c", 1), ("myhostname", "d", 2)]


@pytest.mark.parametrize(
    "text, value",
    [
        ("relayhost =", ""), ("relayhost =\n\n# x\n", ""), ("relayhost = a\r\n b\r\n", "a\r b"), ("relayhost\n = a", "a"),
        ("relayhost = a\0b\n c", "a"), ("relayhost = { a\n b }", "{ a b }"), ("relayhost = a  #b", "a  #b"),
    ],
)  # fmt: skip
def test_values_as_postfix_has_them(text: str, value: str) -> None:
    """Empty ones, of several lines, with line ends of another system, with a NUL, with braces, with a sign inside."""
    assert main_cf.value(text, "relayhost") == value


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("a = b\n\noops\n", 3, "no = behind the parameter's name: 'oops'"),
        ("two words = x\n", 1, "one word before the ="),
        (" = x\n", 1, "must not begin with white space"),
        ("# c\n\n a = b\n", 3, "must not begin with white space"),
        ("a = b\n= x\n", 2, "one word before the ="),
        ("a = b\n\0c = d\n", 2, "no = behind"),
    ],
)
def test_what_postfix_cannot_read_is_refused(text: str, line: int, words: str) -> None:
    """Each mistake has its line; the tolerant reading has every other setting."""
    with pytest.raises(InputError) as refused:
        main_cf.read(text, "main.cf")
    assert str(refused.value).startswith(f"main.cf:{line}: ")
    assert words in str(refused.value)
    assert {name: found.value for name, found in main_cf.in_effect(text).items()} == ({"a": "b"} if text[0] == "a" else {})


def test_setting_a_parameter_leaves_one_setting_and_all_comments() -> None:
    """A parameter that is set twice would make postconf(1) warn; comments are the admin's."""
    changed = main_cf.with_parameter(MAIN, "smtpd_relay_restrictions", "reject")
    assert [p.value for p in main_cf.parameters(changed) if p.name == "smtpd_relay_restrictions"] == ["reject"]
    assert "# a comment inside" in changed
    twice = main_cf.with_parameter(MAIN, "mynetworks", "")
    assert [p.value for p in main_cf.parameters(twice) if p.name == "mynetworks"] == [""]


@given(st.text(max_size=200))
def test_nothing_breaks_the_readers(text: str) -> None:
    """Whatever a file holds is read or refused, and one parameter is changed in it and no other."""
    changed = main_cf.in_effect(main_cf.with_parameter(text, "relayhost", "new"))
    before = main_cf.in_effect(text)
    assert {name: p.value for name, p in changed.items()} == {n: p.value for n, p in before.items()} | {"relayhost": "new"}
    with suppress(InputError):
        macros.check_macros(main_cf.read(text, "m"), "m")
