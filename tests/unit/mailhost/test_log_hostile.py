"""What others make the mail host log never breaks the grammar."""

from __future__ import annotations

import time

import pytest

from lab.mailhost.log import (
    Reject,
)
from tests.unit.mailhost.log_script import read


@pytest.mark.parametrize(
    "sender, helo",
    [
        ('"a> to=<b"@good.example', "x"),
        ("a, to=<b>", "x"),
        ("grün@good.example", 'a] "quoted": <x>'),
        ("", "a> sasl"),
        ("a;b", "]: "),
    ],
)
def test_hostile_envelopes_keep_their_fields(sender: str, helo: str) -> None:
    """What a stranger puts into MAIL FROM and HELO does not move the borders of the fields."""
    text = f"NOQUEUE: reject: RCPT from unknown[192.0.2.1]:9: 550 5.7.1 no; from=<{sender}> to=<b@lab.test> proto=ESMTP helo=<{helo}>"
    event = read(text).event
    assert isinstance(event, Reject)
    assert (event.sender, event.recipient, event.proto, event.helo) == (sender, "b@lab.test", "ESMTP", helo)


PROGRAMS = (
    "postfix/smtpd", "postfix/cleanup", "postfix/qmgr", "postfix/smtp", "postfix/bounce", "postfix/pickup", "postfix/master",
    "postfix/postscreen", "policyd-spf", "dovecot", "", "postfix",
)  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    "seed",
    ["A ", "a", "[", "]: ", "; from=<", "> to=<", '"', '\\"', "\x00\n", "é\u2028", "from=<a, to=<b>>", "8B8491925A4: to=<", ": prepend ",
     " after ", "NOQUEUE: reject: RCPT from a[b]: ", "550 5.7.23 Why?s=mfrom;id=", " from a[1]:99999999999 ", "to=<a>, relay=x, delays=a/b"],
)  # fmt: skip
def test_no_line_is_an_error_or_takes_long(program: str, seed: str) -> None:
    """Whatever a line holds, short or very long, it is read at once: 40,000 repetitions take no second."""
    begun = time.process_time()
    much = seed * 40_000
    for text in (seed, much, f"8B8491925A4: {much}", f"warning: {much}", f"from=<{much}"):
        assert read(text, program).text == text.strip()
    assert time.process_time() - begun < 1
