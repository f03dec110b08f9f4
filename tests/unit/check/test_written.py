from __future__ import annotations

import pytest

from lab.mailhost.trace import Place
from tests.unit.check.conftest import Write


def test_a_word_of_a_list_has_its_own_line(write: Write) -> None:
    """A list may run over many lines, with comments between; the next parameter is another."""
    written = write("smtpd_milters = inet:127.0.0.1:1,\n# unix:/b\n  unix:/a,\n  unix:/b\nother = unix:/c\n")
    assert str(written.of("smtpd_milters", "unix:/b")) == "main.cf:8"
    assert str(written.of("smtpd_milters", "unix:/c")) == "main.cf:5"
    assert str(written.of("relay_domains")) == "main.cf"


@pytest.mark.parametrize(
    "program, place",
    [
        ("postfix/smtpd", "master.cf:1"),
        ("postfix/submission/smtpd", "master.cf:4"),
        ("postfix/smtps/smtpd", "master.cf:6"),
        ("postfix/cleanup", "master.cf:2"),
        ("postfix/qmgr", "main.cf"),
    ],
)
def test_who_logs_is_a_line_of_master_cf(write: Write, program: str, place: str) -> None:
    """The service with that syslog_name, else the first of that daemon."""
    own = "submission inet n - y - - smtpd\n  -o syslog_name=postfix/submission\n"
    named = "smtps inet n - y - - smtpd\n  -o syslog_name=postfix/$service_name\n"
    assert str(write(master=own + named).logged_as(program)) == place


def test_places_of_the_trace(write: Write) -> None:
    """They have the folder's own names."""
    assert str(write().traced(Place("master.cf", 2))) == "master.cf:2"
    assert str(write().traced(Place("default"))) == "default"
