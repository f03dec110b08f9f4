"""The words of a call of sendmail(1)."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.smtp.sendmail import Submission


@pytest.mark.parametrize(
    "submission, words",
    [
        (Submission(), "sendmail -i -t"),
        (Submission(("a@b.test", "c")), "sendmail -i a@b.test c"),
        (Submission(("a@b.test",), "me@b.test"), "sendmail -i -f me@b.test a@b.test"),
        (Submission(("a@b.test",), ""), "sendmail -i -f  a@b.test"),
        (Submission(sender="me@b.test"), "sendmail -i -f me@b.test -t"),
    ],
)
def test_command(submission: Submission, words: str) -> None:
    """Recipients are named, or -t takes them from the message; an empty sender is the null sender."""
    assert " ".join(submission.command) == words


@pytest.mark.parametrize("made", [{"to": ("-bs",)}, {"to": ("",)}, {"user": "-l"}, {"user": ""}, {"to": ("a\0b",)}])
def test_word_that_would_be_an_option(made: dict[str, str]) -> None:
    """sendmail(1) and runuser(1) would take it for one."""
    with pytest.raises(InputError, match=r"sendmail\(1\) would not take"):
        Submission(**made)  # type: ignore[arg-type] # of several types
