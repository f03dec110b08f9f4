"""What depends on system and release."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.files import main_cf
from tests.unit.fit.conftest import Fit, told


def test_debians_own_places(fitted: Fit) -> None:
    """All of them in one line of the report; what only install scripts read stays."""
    main = "html_directory = /srv/doc\ncommand_directory = /opt/sbin\nmail_owner = _postfix\nqueue_directory = /var/spool/postfix\n"
    made = fitted(main)
    text = made.files["/etc/postfix/main.cf"].text
    assert [main_cf.value(text, name) for name in ("html_directory", "command_directory", "mail_owner")] == ["/srv/doc", None, None]
    delta = told(made, "command_directory")
    assert (delta.what, delta.value, delta.line) == ("command_directory, mail_owner", "Debian's own", 6)
    assert delta.reason == "the packages of Debian keep their files and run as their own users"


def test_the_log(fitted: Fit) -> None:
    """It goes to syslog; where no file is set, nothing is changed."""
    delta = told(fitted("maillog_file = /dev/stdout\n"), "maillog_file")
    assert (delta.value, delta.reason) == ("(syslog)", "the lab reads the log from syslog; the lines are the same")
    assert [d for d in fitted("maillog_file =\n").deltas if d.what == "maillog_file"] == []


def test_one_instance(fitted: Fit) -> None:
    """What others are is told in one line."""
    main = "multi_instance_enable = yes\nmulti_instance_directories = /etc/postfix-out\nmulti_instance_wrapper = x\n"
    made = fitted(main)
    delta = told(made, "multi_instance_enable")
    assert (delta.what, delta.value) == ("multi_instance_enable, multi_instance_directories, multi_instance_wrapper", "(none)")
    assert delta.reason == "one instance is under test; the others are configurations of their own"
    assert main_cf.value(made.files["/etc/postfix/main.cf"].text, "multi_instance_enable") is None
    none = fitted("multi_instance_enable = no\nmulti_instance_directories =\n")
    assert [d for d in none.deltas if d.what.startswith("multi_instance")] == []


@pytest.mark.parametrize("debian, written, level", [(11, "3.6", "2"), (11, "2", "2"), (11, "1", "1"), (12, "3.6", "3.6")])
def test_the_level(fitted: Fit, debian: int, written: str, level: str) -> None:
    """Postfix 3.5 reads whole numbers alone."""
    made = fitted(f"compatibility_level = {written}\n", debian=debian)
    assert main_cf.value(made.files["/etc/postfix/main.cf"].text, "compatibility_level") == level
    reasons = [d.reason for d in made.deltas if d.what == "compatibility_level"]
    assert reasons == (["Postfix 3.5 reads whole numbers alone; 2 is its highest"] if level != written else [])
