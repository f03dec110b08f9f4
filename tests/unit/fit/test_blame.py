"""From what Postfix says to the admin's own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.fit.blame import blame, compile_error, warnings
from postfix_lab.fit.delta import Delta
from postfix_lab.fit.fitted import Fitted
from postfix_lab.fit.source import Source
from postfix_lab.runtime.admin_folder import read_source
from tests.unit.fit.conftest import Fit

MAIN = "smtpd_timeout = soon\nsmtpd_client_restrictions = hash:/etc/postfix/t, reject_it\ntransport_x = $smtpd_timeout\n"
UNUSED = "postconf: warning: /etc/postfix/main.cf: unused parameter: {}=x\n"


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


def test_parameters_that_nothing_reads(made: tuple[Source, Fitted]) -> None:
    """The admin's own at the first one's line; one that a setting names is no mistake."""
    source, _ = made
    reason = "nothing reads it: unknown to this release, or misspelled"
    said = "".join(UNUSED.format(name) for name in ("transport_x", "smtpd_timeout", "myhostname"))
    assert warnings(said, source) == (Delta("transport_x, myhostname", "without effect", reason, "main.cf", 1),)
    assert warnings("postconf: warning: /etc/postfix/master.cf: unused parameter: other=\n", source) == (
        Delta("other", "without effect", reason, "main.cf", 0),
    )
    many = warnings("".join(UNUSED.format(f"p{number}") for number in range(7)), source)
    assert [delta.what for delta in many] == ["p0, p1, p2, p3, p4 and 2 more"]
    five = warnings("".join(UNUSED.format(f"p{number}") for number in range(5)), source)
    assert [delta.what for delta in five] == ["p0, p1, p2, p3, p4"]


def test_other_warnings(made: tuple[Source, Fitted]) -> None:
    """Each once, five of them, with a line where one is named that the file has."""
    source, _ = made
    told = warnings("postconf: warning: /etc/postfix/main.cf, line 5: odd\n" * 2 + "/usr/sbin/postconf: warning: main.cf line 99: x\n", source)
    assert told == (
        Delta("warning of postconf", "as it is", "/etc/postfix/main.cf, line 5: odd", "main.cf", 5),
        Delta("warning of postconf", "as it is", "main.cf line 99: x", "main.cf", 0),
    )
    assert len(warnings("".join(f"postconf: warning: odd {number}\n" for number in range(7)), source)) == 5
    assert len(warnings(f"postconf: warning: {'x' * 300}", source)[0].reason) == 200
    assert warnings("all is well\n", source) == ()
