"""Which lines tell of a daemon that is_death."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.log.daemon_death import is_death, is_master_death, is_server_death, may_miss_daemon
from tests.unit.postfix.log.log_script import read


@pytest.mark.parametrize(
    "program, text, dead",
    [
        ("postfix/smtpd", "fatal: no SASL authentication mechanisms", True),
        ("postfix/smtpd", "panic: vstream_fclose", True),
        ("postfix/smtpd", "error: unsupported dictionary type", False),
        ("postfix/smtpd", "warning: hostname a does not resolve", False),
        ("postfix/master", "warning: /usr/lib/postfix/sbin/smtpd: bad command startup -- throttling", True),
        ("postfix/smtpd", "warning: connect #1 to subsystem private/rewrite: Connection refused", True),
        ("dovecot", "fatal: master", False),
        ("policyd-spf", "panic: x", False),
    ],
)
def test_last_words(program: str, text: str, *, dead: bool) -> None:
    """`fatal` and `panic` of Postfix alone, and what others say of a daemon that is gone."""
    assert is_death(read(text, program)) is dead


@pytest.mark.parametrize(
    "program, text, dead",
    [
        ("postfix/master", "warning: /usr/lib/postfix/sbin/smtpd: bad command startup -- throttling", True),
        ("postfix/master", "warning: /usr/lib/postfix/sbin/postscreen: bad command startup -- throttling", True),
        ("postfix/master", "warning: /usr/lib/postfix/sbin/cleanup: bad command startup -- throttling", False),
        ("postfix/master", "warning: process /usr/lib/postfix/sbin/smtpd pid 9 exit status 1", False),
        ("postfix/smtpd", "warning: /usr/lib/postfix/sbin/smtpd: bad command startup -- throttling", False),
    ],
)
def test_nobody_answers(program: str, text: str, *, dead: bool) -> None:
    """A server that cannot start, as master(8) alone reports it."""
    assert is_server_death(read(text, program)) is dead


@pytest.mark.parametrize(
    "program, text, dead",
    [
        ("postfix-lab", "master(8) is gone, nobody stopped it", True),
        ("postfix-lab", "starting", False),
        ("postfix/smtpd", "master(8) is gone", False),
    ],
)
def test_master_is_gone(program: str, text: str, *, dead: bool) -> None:
    """Only the mail host's first process says so."""
    assert is_master_death(read(text, program)) is dead


@pytest.mark.parametrize(
    "text, missed",
    [
        ("warning: connect to private/policy: Connection refused", True),
        ("warning: problem talking to service rewrite: Connection reset", True),
        ("connect from unknown[192.0.2.1]:1", False),
    ],
)
def test_a_daemon_misses_another(text: str, *, missed: bool) -> None:
    """One such line among many is enough."""
    assert may_miss_daemon([read("disconnect"), read(text)]) is missed
    assert may_miss_daemon([]) is False
