"""From what Postfix says to the admin's own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.fit.blame import blame, compile_error
from postfix_lab.fit.fitted import Fitted
from postfix_lab.fit.source import Source
from postfix_lab.runtime.admin_folder import read_source
from tests.unit.fit.conftest import Fit

MAIN = "smtpd_timeout = soon\nsmtpd_client_restrictions = hash:/etc/postfix/t, reject_it\ntransport_x = $smtpd_timeout\n"


@pytest.fixture
def made(fitted: Fit, tmp_path: Path) -> tuple[Source, Fitted]:
    """A folder with these lines from line 5 on, fitted."""
    done = fitted(MAIN, files={"t": ""})
    return read_source(tmp_path), done


@pytest.mark.parametrize(
    "said, file, line",
    [
        ("fatal: invalid smtpd_timeout: soon", "main.cf", 5),
        ("error: bad smtpd_timeout", "main.cf", 5),
        ("panic: smtpd_timeout", "main.cf", 5),
        ("fatal: /etc/postfix/main.cf, line 6: odd", "main.cf", 6),
        ("fatal: /etc/postfix/master.cf: line 2: odd", "master.cf", 2),
        ("fatal: main.cf line 999: odd", "main.cf", None),
        ("fatal: main.cf line 0: odd", "main.cf", None),
        ('fatal: no such thing "reject_it"', "main.cf", 6),
        ('warning: unknown smtpd restriction: "reject_it"', "main.cf", 6),
        ("fatal: nothing\nfatal: smtpd_timeout", "main.cf", 5),
        ("fatal: odd\nto approve this table for read-write access, set in main.cf:smtpd_client_restrictions", "main.cf", 6),
    ],
)
def test_who_is_to_blame(made: tuple[Source, Fitted], said: str, file: str, line: int | None) -> None:
    """The line that is named, the parameter that is, or one whose value has the word in quotes."""
    source, done = made
    error = blame(said, source, done)
    assert error is not None
    assert (error.file, error.line) == (source.path(file), line)


@pytest.mark.parametrize("said", ["", "warning: smtpd_timeout", "fatal: xsmtpd_timeout", "fatal: $smtpd_timeout", 'fatal: "reject_i" x', 'fatal: "reject_it-x"'])
def test_nobody_is_to_blame(made: tuple[Source, Fitted], said: str) -> None:
    """A warning, and words that no setting has."""
    assert blame(said, *made) is None


def test_what_is_said(made: tuple[Source, Fitted]) -> None:
    """Postfix's words, cut short and harmless, with its advice."""
    error = blame(f"fatal: smtpd_timeout \x1b{'x' * 400}", *made)
    assert "Postfix does not run with it: smtpd_timeout \\x1bxxx" in str(error)
    assert str(error).endswith("x...")
    advised = blame("fatal: smtpd_timeout\nto approve this table for read in main.cf:x\x07", *made)
    assert "Postfix does not run with it: smtpd_timeout; to approve this table for read in main.cf:x" in str(advised)


def test_a_file_that_is_no_table() -> None:
    """The command, what it said on one line, and the remedy."""
    error = compile_error("postmap 'hash:a'", "postmap: fatal:\n  no\x1b\n", "/x/a")
    assert str(error).endswith(
        "`postmap 'hash:a'` failed in the mail host: postmap: fatal: no\\x1b; mend the file; a compiled table that cannot be read needs "
        "its source beside it"
    )
    assert error.file == "/x/a"
