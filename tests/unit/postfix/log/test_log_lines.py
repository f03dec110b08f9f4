"""One line: its level, how it shows, and that nothing that others make the mail host log breaks the grammar."""

from __future__ import annotations

import time

import pytest

from postfix_lab.postfix.log import Reject, parse
from postfix_lab.postfix.log.syslog import SyslogLine
from tests.unit.postfix.log.log_script import read

WARNED = (
    "EF6F11925EB: warning: header Subject: warn me from unknown[2001:db8::5]:5; from=<a@b.example> to=<b@lab.test> "
    "proto=ESMTP helo=<x>: yes"
)
"""An admin's own WARN action (header_checks(5))."""


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


def test_levels_come_from_text_or_severity() -> None:
    """A line is unexpected by its prefix, by its severity, or by being a known warning; a WARN action is not."""
    loud = [
        read("warning: numeric hostname: 203.0.113.9"),
        read("warning: hostname a.example does not resolve to address 203.0.113.9"),
        read("auth: Error: x", "dovecot", severity=3),
        read("8B8491925A4: warning: something", "postfix/qmgr"),
    ]
    quiet = [read("connect from unknown[203.0.113.9]:1"), read(WARNED, "postfix/cleanup")]
    assert [line for line in (*loud, *quiet) if line.level is not None] == loud
    assert [line.level for line in loud] == ["warning", "warning", "error", "warning"]


def test_a_line_shows_as_in_mail_log() -> None:
    """The stamp has microseconds and a zone, the host is left out, a missing pid leaves no brackets."""
    assert str(read("hello")) == "1970-01-01T00:00:01.500000+00:00 postfix/smtpd[7]: hello"
    bare = parse(SyslogLine(0.0, "", "mx", "postfix", None, 6, "hello"))
    assert str(bare) == "1970-01-01T00:00:00.000000+00:00 postfix: hello"
