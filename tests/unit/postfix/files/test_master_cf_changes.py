"""master.cf is changed in place: lines keep their numbers, comments and all other words stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.files.master_cf import services
from postfix_lab.postfix.files.master_cf_changes import (
    with_chroot,
    with_entry,
    with_name,
    with_option,
    with_verbose,
    without_options,
    without_service,
)

MASTER = """\
smtp      inet  n       -       y       -       -       smtpd
  -o syslog_name=postfix/here
#smtps    inet  n       -       y       -       -       smtpd
smtp      unix  -       -       y       -       -       smtp
"""
TWICE = "25 inet n - y - - smtpd\n# why\nsmtp inet n - y - - smtpd\nsmtp inet n - n - - smtpd\n  -o a=b\n"


def test_chroot_column_changes_for_the_command_alone() -> None:
    """Only services that run smtpd are changed; their options and comments stay."""
    changed = split_lines(with_chroot(MASTER, "smtpd", "n"))
    assert changed[0] == "smtp      inet  n       -       n       -       -       smtpd"
    assert changed[1:] == split_lines(MASTER)[1:]


def test_chroot_column_in_a_line_of_its_own() -> None:
    """An entry need not be one line, and a service that is there twice is changed twice."""
    assert with_chroot("a unix -\n  -\n# y\n  y - - smtpd", "smtpd", "n") == "a unix -\n  -\n# y\n  n - - smtpd"
    assert {s.chrooted for s in services(with_chroot(TWICE, "smtpd", "y"))} == {True}


def test_a_program_is_made_verbose() -> None:
    """Each service that runs it gets `-v`, and keeps its options and its line."""
    master = "cleanup unix n - y - 0 cleanup\n  -o a=b\nqmgr unix n - n 300 1 qmgr\nrewrite unix - - y - - trivial-rewrite\n"
    changed = split_lines(with_verbose(master, ("cleanup", "trivial-rewrite")))
    assert changed[0] == "cleanup unix n - y - 0 cleanup -v"
    assert changed[1:3] == split_lines(master)[1:3]
    assert changed[3].endswith("trivial-rewrite -v")


def test_an_option_is_changed_in_its_place() -> None:
    """The entry keeps its lines, so that every number still fits."""
    text = "# x\n587 inet n - y - - smtpd\n  -o { a = 1\n  2 }\n  -o b=3\n"
    assert split_lines(with_option(text, 2, "a", "4")) == ["# x", "587 inet n - y - - smtpd", "  -o a=4", "", "  -o b=3"]


@pytest.mark.parametrize("value", ["2", "2, 3", ""])
def test_a_new_option(value: str) -> None:
    """An entry without it gets it, and keeps its lines and its own options."""
    text = with_option("587 inet n - y - - smtpd\n  -o b=9\n", 1, "a", value)
    [service] = services(text)
    assert {o.name: (o.value, o.line) for o in service.options} == {"a": (value, 1), "b": ("9", 2)}


@pytest.mark.parametrize("rest", ["-o a=1", "-oa=1", "-vo a=1", "-o { a = 1 }", "-oa=0 -o\n  a=1"])
@pytest.mark.parametrize("value", ["", "2", "2, 3", "{ 2 3 }"])
def test_a_changed_option_is_read_as_such(rest: str, value: str) -> None:
    """In whatever form it was; a value with blanks gets braces."""
    [service] = services(with_option(f"587 inet n - y - - smtpd {rest} -o b=9\n", 1, "a", value))
    assert {o.name: o.value for o in service.options} == {"a": value, "b": "9"}


def test_options_are_taken_out_of_every_service() -> None:
    """Those of that name alone, in all their forms; comments and lines stay."""
    text = "a inet n - y - - smtpd -o x=1 -ox=2 -vo x=3\n  -o { x =\n# why\n  4 } -o y=x=5\nb inet n - y - - smtpd -o x=\n"
    changed = without_options(text, ["x", "z"])
    assert [[(o.name, o.value, o.line) for o in s.options] for s in services(changed)] == [[("y", "x=5", 4)], []]
    assert [split_lines(changed)[n] for n in (2, 4)] == ["# why", "b inet n - y - - smtpd  "]


def test_an_entry_gets_another_text() -> None:
    """In its first line; the lines that it had stay, with the comments among them."""
    text = "a inet n - y - - smtpd\n# why\n  -o b=c\nd inet n - y - - smtpd\n"
    assert with_entry(text, 1, "a inet n n n - 0 spawn") == "a inet n n n - 0 spawn\n# why\n\nd inet n - y - - smtpd\n"


def test_a_service_that_is_switched_off_stays_off() -> None:
    """Also where an earlier entry, which it replaced, would come back."""
    assert [s.key for s in services(without_service(TWICE, 4))] == ["25/inet"]
    assert without_service(TWICE, 1) == f"#{TWICE}"


def test_a_service_with_another_name() -> None:
    """An entry that it replaced does not come back under the old one."""
    changed = with_name(TWICE, 4, "127.0.0.1:smtp")
    assert [(s.name, s.first, len(s.options)) for s in services(changed)] == [("25", 1, 0), ("127.0.0.1:smtp", 4, 1)]


@given(st.text(alphabet="smtpd inet-o=ny{}#\n\t\0", max_size=120))
def test_no_change_breaks_a_file(text: str) -> None:
    """Whatever else it holds: services keep their lines, and what was asked for is done."""
    master = f"{text}\nsmtp inet n - y - - smtpd -o a=1 -o b=2\n"
    changed = without_options(with_chroot(master, "smtpd", "n"), ["a"])
    before, after = services(master)[-1], services(changed)[-1]
    assert (after.key, after.first, after.last) == (before.key, before.first, before.last)
    assert (after.option("a"), after.option("b"), after.chrooted) == (None, "2", False)
