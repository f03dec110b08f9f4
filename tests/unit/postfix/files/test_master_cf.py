"""master.cf: services, their options and arguments, each with its line, read as master(8) and postconf(1) read it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postfix_lab.errors import InputError
from postfix_lab.postfix.files import master_cf
from postfix_lab.postfix.files.master_cf import Service, entries, services

TWICE = """\
smtp inet n - y - - smtpd -o smtpd_relay_restrictions=reject
smtp unix - - y - - smtp
smtp inet n - n - - smtpd
  -o smtpd_relay_restrictions=permit_mynetworks,reject
"""


def only(entry: str) -> Service:
    """The one service of a text."""
    [service] = services(entry)
    return service


def smtpd(rest: str) -> Service:
    """An smtpd with that behind it."""
    return only(f"smtp inet n - y - - smtpd {rest}")


def options(service: Service) -> list[tuple[str, str]]:
    """What its options set."""
    return [(option.name, option.value) for option in service.options]


def test_every_field_is_read() -> None:
    """A field may stand in a line of its own; `-` means yes for private and unprivileged, and no chroot."""
    service = only("policy unix\n  - n\n# why\n  - 0? 7\n  spawn user=nobody:mail argv=/bin/x -o y")
    assert (service.name, service.kind, service.key) == ("policy", "unix", "policy/unix")
    assert (service.private, service.unprivileged, service.chrooted) == (True, False, False)
    assert (service.wakeup, service.maxproc, service.command) == ("0?", "7", "spawn")
    assert (service.user, service.program, service.first, service.last) == ("nobody", "/bin/x", 1, 5)
    assert [(word.text, word.line) for word in service.arguments][2:] == [("-o", 5), ("y", 5)]
    assert not service.options


@pytest.mark.parametrize(
    "name, address, port",
    [
        ("smtp", "", "25"), ("127.0.0.1:10025", "127.0.0.1", "10025"), ("[::1]:submission", "::1", "587"),
        ("smtps", "", "465"), ("odd", "", "odd"),
    ],
)  # fmt: skip
def test_where_a_service_listens(name: str, address: str, port: str) -> None:
    """Names of ports are those that mail servers use."""
    service = only(f"{name} inet n - y - - smtpd")
    assert (service.address, service.port) == (address, port)


def test_of_two_entries_the_last_counts() -> None:
    """As master(8) warns; the same name with another type is another service."""
    assert [(s.key, s.first, s.chrooted) for s in services(TWICE)] == [("smtp/unix", 2, True), ("smtp/inet", 3, False)]
    assert services(TWICE) == master_cf.read(TWICE, "master.cf")
    assert [s.first for s in entries(TWICE)] == [1, 2, 3]


def test_privacy_tells_two_services_apart() -> None:
    """master(8) knows them by their sockets, private/x and public/x."""
    assert len(services("x unix - n n - - pipe\nx unix n n n - - pipe\n")) == 2


def test_white_space_ends_a_value() -> None:
    """A list with a blank in it is cut there: its second word is an argument, and no option counts behind it."""
    service = smtpd("-o smtpd_relay_restrictions=permit_sasl_authenticated, reject -o a=b")
    assert options(service) == [("smtpd_relay_restrictions", "permit_sasl_authenticated,")]
    assert [word.text for word in service.arguments] == ["reject", "-o", "a=b"]


@pytest.mark.parametrize(
    "rest, found",
    [
        ("-o a=1", [("a", "1")]),
        ("-oa=1", [("a", "1")]),
        ("-v -D -vo a=1 -voc=2", [("a", "1"), ("c", "2")]),
        ("-o { a = 1  2 }", [("a", "1  2")]),
        ("-o {a=1\n# why\n  2}", [("a", "1  2")]),
        ("-o { a = { b c } d }", [("a", "{ b c } d")]),
        ("-o a={b c}d", [("a", "{b c}d")]),
        ("-o a=", [("a", "")]),
        ("-o { a = }", [("a", "")]),
        ("-o a==b", [("a", "=b")]),
        ("-o a=\f1\f", [("a", "1")]),
        ("-o\n  a=1\r\n  -o b=\u2028\x85\n", [("a", "1"), ("b", "\u2028\x85")]),
        ("-o a=1\0 -o b=2", [("a", "1")]),
        ("-o a=1 -- -o b=2", [("a", "1")]),
        ("-o a=1 - -o b=2", [("a", "1")]),
    ],
)
def test_options_in_all_their_forms(rest: str, found: list[tuple[str, str]]) -> None:
    """As postconf(1) has them, in braces and without, with the letters of other options, over several lines."""
    assert options(smtpd(rest)) == found


def test_each_option_has_its_line() -> None:
    """Comments in between count as lines; the last setting of a parameter wins."""
    service = only("587 inet n - y - - smtpd -v\n  -o a=1\n# why\n  -o { b = 2\n 3 }\n  -o a=4\n")
    assert [(o.name, o.line) for o in service.options] == [("a", 2), ("b", 4), ("a", 6)]
    assert [(word.text, word.line) for word in service.options[1].span.words(" ")] == [("2", 4), ("3", 5)]
    assert (service.option("a"), service.option("c")) == ("4", None)


def test_arguments_lose_their_braces() -> None:
    """What pipe(8) gets as one word may have blanks in it (master(5))."""
    service = only("x unix - n n - - pipe flags=R { user = y } argv=/bin/x {a b} c{d e}")
    assert [word.text for word in service.arguments] == ["flags=R", "user = y", "argv=/bin/x", "a b", "c{d e}"]


@pytest.mark.parametrize(
    "entry, words",
    [
        ("587 inet n - y smtpd", "this one has 6"),
        ("587 inte n - y - - smtpd", "did you mean inet?"),
        ("587\finet n - y - - - smtpd", "there is no service type"),
        ("587 inet - - y - - smtpd", "cannot be private"),
        ("587 inet n - maybe - - smtpd", "the field chroot is 'maybe'"),
        ("587 inet n - y soon - smtpd", "the field wakeup"),
        ("587 inet n - y - ² smtpd", "the field maxproc"),
        ("587 inet n - y - - smtpd -o", "-o wants"),
        ("587 inet n - y - - smtpd -o a = b", "in braces"),
        ("587 inet n - y - - smtpd -o =b", "-o wants"),
        ("587 inet n - y - - smtpd -o { a = b", "not closed"),
        ("587 inet n - y - - smtpd -o {a=b}c", "behind the brace"),
        ("x unix - n n - - pipe argv=/bin/x {a}b", "behind the brace"),
    ],
)
def test_what_master_cannot_use_is_refused(entry: str, words: str) -> None:
    """Each mistake has its line; the tolerant reading has every other service."""
    text = f"# a comment\nqmgr unix n - n 300 1 qmgr\n{entry}\n"
    with pytest.raises(InputError, match=r"^master.cf:3: ") as refused:
        master_cf.read(text, "master.cf")
    assert words in str(refused.value)
    assert services(text)[0].name == "qmgr"


@pytest.mark.parametrize("text, words", [("\n smtp inet n - y - - smtpd\n", "m:2: the first entry"), ("# x\n", "m: there is no")])
def test_a_file_without_a_service(text: str, words: str) -> None:
    """What begins with white space and continues nothing is left out by Postfix; here it is refused."""
    assert services(text) == ()
    with pytest.raises(InputError, match=f"^{words}"):
        master_cf.read(text, "m")


@given(st.text(max_size=200))
def test_nothing_breaks_the_reader(text: str) -> None:
    """Whatever a file holds is read or refused."""
    with suppress(InputError):
        assert master_cf.read(text, "m") == services(text)
