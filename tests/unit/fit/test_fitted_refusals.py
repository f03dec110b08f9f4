"""What cannot run is refused with its line, and what Postfix says leads back to the admin's file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postfix_lab.errors import InputError
from postfix_lab.fit import blame
from postfix_lab.fit.source import Source
from postfix_lab.postfix.files import macros, master_cf
from postfix_lab.postfix.files.main_cf import parameters
from tests.unit.fit.conftest import Fit


@pytest.mark.parametrize(
    "main, line, words",
    [
        ("oops\n", 5, "no = behind"),
        ("two words = x\n", 5, "one word before the ="),
        ("a = $b\nb = ${a}\n", 5, "a -> b -> a"),
        ("a = x $a\n", 5, "a -> a"),
        ("a = ${stress?{1}:{2}\n", 5, "never closed"),
        ("relay_domains = /etc/postfix/list\n", 5, "Copy it into the folder"),
    ],
)
def test_a_main_cf_that_cannot_be_read(fitted: Fit, tmp_path: Path, main: str, line: int, words: str) -> None:
    """Each mistake has its line and says what is wrong with it."""
    with pytest.raises(InputError) as refused:
        fitted(main)
    assert str(refused.value).startswith(f"{tmp_path}/main.cf:{line}: ")
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "entry, words",
    [
        ("587 inet n - y smtpd", "this one has 6"),
        ("587 inte n - y - - smtpd", "did you mean inet?"),
        ("587 inet n - maybe - - smtpd", "the field chroot is 'maybe'"),
        ("587 inet n - y soon - smtpd", "the field wakeup"),
        ("587 inet n - y - - smtpd -o", "-o wants"),
        ("587 inet n - y - - smtpd -o a = b", "in braces"),
    ],
)
def test_a_master_cf_that_cannot_be_read(entry: str, words: str) -> None:
    """Each mistake has its line."""
    with pytest.raises(InputError, match=r"^master.cf:2: ") as refused:
        master_cf.services(f"# a comment\n{entry}\n", "master.cf")
    assert words in str(refused.value)


def test_options_in_all_their_forms() -> None:
    """With and without braces, over lines, and none of what belongs to a program."""
    text = "587 inet n - y - - smtpd -v\n  -o a=1\n# why\n  -o { b = 2 3 }\nx unix - n n - - pipe\n  user=y argv=/bin/x -oi -o z\n"
    first, second = master_cf.services(text, "master.cf")
    assert [(o.name, o.value, o.line) for o in first.options] == [("a", "1", 2), ("b", "2 3", 4)]
    assert (second.options, second.program, second.user) == ((), "/bin/x", "y")


def test_an_option_is_changed_in_its_place() -> None:
    """The entry keeps its lines, so that every number still fits."""
    entry = "587 inet n - y - - smtpd\n  -o { a = 1\n  2 }\n  -o b=3"
    changed = master_cf.with_option(entry, "a", "4")
    assert changed.splitlines() == ["587 inet n - y - - smtpd", "  -o a=4", "  -o b=3", "#"]


@given(st.text(max_size=200))
def test_nothing_breaks_the_readers(text: str) -> None:
    """Whatever a file holds is read or refused."""
    for read in (lambda: master_cf.services(text, "m"), lambda: macros.examine({p.name: p for p in parameters(text)}, "m")):
        with suppress(InputError):
            read()


def test_words_of_postfix_lead_to_a_line(fitted: Fit) -> None:
    """A fatal line names a parameter, a restriction or a line of the fitted file."""
    made = fitted("smtpd_timeout = soon\nsmtpd_client_restrictions = reject_al\n")
    source = Source("/etc", {"main.cf": made.files["/etc/postfix/main.cf"].text})
    for said, line in (
        ("fatal: invalid smtpd_timeout: 0 (min 1)", 5),
        ('warning: unknown smtpd restriction: "reject_al"', 6),
        ("fatal: /etc/postfix/main.cf, line 5: what is this", 5),
    ):
        found = blame.blame(said, source, made)
        assert found is not None
        assert found.line == line
    assert blame.blame("fatal: no idea", source, made) is None


def test_parameters_that_nothing_reads() -> None:
    """What postconf warns of becomes one line; a name that others are made of is no mistake."""
    source = Source("/etc", {"main.cf": "new_thing = yes\nfolder = /x\nalias_maps = hash:$folder/a\n"})
    said = "postconf: warning: /etc/postfix/main.cf: unused parameter: {}\n"
    [delta] = blame.warnings(said.format("new_thing=yes") + said.format("folder=/x"), source)
    assert (delta.what, delta.line) == ("new_thing", 1)


def test_a_refusal_is_harmless_on_a_terminal(fitted: Fit) -> None:
    """Whatever a file holds, no escape of it reaches the one who reads the error."""
    with pytest.raises(InputError) as refused:
        fitted("relay_domains = /etc/\x1b[2Jlist\n")
    assert "\x1b" not in str(refused.value)
