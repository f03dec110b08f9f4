"""Mail that sendmail(1) submits, as keys of a session."""

from __future__ import annotations

import pytest

from postfix_lab.smtp.dialogue import DEFAULT_MESSAGE
from postfix_lab.smtp.sendmail import Submission
from tests.unit.yaml.conftest import Mistake, Plays


def test_submission(sheet: Plays) -> None:
    """User, sender, recipients and message; no session is held, not even the usual one."""
    (play,) = sheet("tests: {a: {submit: www-data, mailfrom: a@b.test, to: [c@d.test, e], data: x, expect: {delivered: yes}}}\n")
    (only,) = play.rounds
    assert (only.sessions, only.submissions) == ((), (Submission(("c@d.test", "e"), "a@b.test", "x", "www-data"),))


def test_defaults(sheet: Plays) -> None:
    """The sender is the user's own, the recipient that of every session; other sessions of the test are held."""
    (play,) = sheet("tests: {a: {sessions: [{submit: root}, {helo: x}], expect: {delivered: yes}}}\n")
    (only,) = play.rounds
    assert only.submissions == (Submission(("bob@lab.test",), None, DEFAULT_MESSAGE, "root"),)
    assert len(only.sessions) == 1


@pytest.mark.parametrize(
    "keys, said",
    [
        ("host: 203.0.113.9, expect: {delivered: yes}", "`host` is about an SMTP session"),
        ("tls: yes, expect: {delivered: yes}", "`tls` is about an SMTP session"),
        ("expect: {verdict: accept}", "`verdict` is about an SMTP session"),
        ("expect: {delivered: yes, code: 250}", "`code` is about an SMTP session"),
        ('to: "-bs", expect: {delivered: yes}', "sendmail(1) would not take '-bs'"),
        ("description: x", "the test asserts nothing"),
    ],
)
def test_mistakes(mistake: Mistake, keys: str, said: str) -> None:
    """What would be left out in silence is told."""
    assert said in mistake(f"tests: {{a: {{submit: root, {keys}}}}}\n")
