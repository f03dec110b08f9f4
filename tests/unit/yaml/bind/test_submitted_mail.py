"""Mail that sendmail(1) submits, as keys of a session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.smtp.dialogue import DEFAULT_MESSAGE
from postfix_lab.smtp.sendmail import Submission, Submitted
from tests.unit.evidence_builder import QUEUE_ID, refused_at_rcpt
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
        ("expect: {decided-by: reject_unknown_client_hostname}", "`decided-by` is about an SMTP session"),
        ("expect: {delivered: yes, ended: quit}", "`ended` is about an SMTP session"),
        ("extract-recipients: yes, to: a@b.test, expect: {delivered: yes}", "`extract-recipients` takes them from the message"),
        ('to: "-bs", expect: {delivered: yes}', "sendmail(1) would not take '-bs'"),
        ("description: x", "the test asserts nothing"),
    ],
)
def test_mistakes(mistake: Mistake, keys: str, said: str) -> None:
    """What would be left out in silence is told."""
    assert said in mistake(f"tests: {{a: {{submit: root, {keys}}}}}\n")


def test_recipients_of_the_message(sheet: Plays, mistake: Mistake) -> None:
    """`sendmail -t`, for a submission alone."""
    (play,) = sheet("tests: {a: {submit: root, extract-recipients: yes, data: x, expect: {delivered: yes}}}\n")
    assert play.rounds[0].submissions == (Submission((), None, "x", "root"),)
    assert "it needs `submit`" in mistake("tests: {a: {extract-recipients: yes, expect: {verdict: accept}}}\n")


def test_outcome_of_a_submission(sheet: Plays) -> None:
    """Its checks count on behind the sessions, and each looks at its own call."""
    text = "sessions: [{submit: root, expect: {verdict: accept}}, {expect: {verdict: defer}}, {submit: www-data, expect: {verdict: reject, code: 69, text: no}}]"
    (play,) = sheet(f"tests: {{a: {{{text}}}}}\n")
    calls = (Submitted(("sendmail", "-i", "bob@lab.test"), "root", 0, "", QUEUE_ID), Submitted(("sendmail", "-i", "-t"), "www-data", 69, "no"))
    seen = replace(refused_at_rcpt(), submitted=calls)
    assert [check.judge(seen).status for check in play.rounds[0].checks] == ["pass", "pass", "pass"]
    other = replace(seen, submitted=calls[::-1])
    assert [check.judge(other).status for check in play.rounds[0].checks] == ["pass", "fail", "fail"]
