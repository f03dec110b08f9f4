"""What cannot run is refused with its line, and what Postfix says leads back to the admin's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit import blame
from postfix_lab.fit.source import Source
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


def test_a_refusal_is_harmless_on_a_terminal(fitted: Fit) -> None:
    """Whatever a file holds, no escape of it reaches the one who reads the error."""
    with pytest.raises(InputError) as refused:
        fitted("relay_domains = /etc/\x1b[2Jlist\n")
    assert "\x1b" not in str(refused.value)
