from __future__ import annotations

import pytest

from postfix_lab.postfix.restrictions import Place
from tests.unit.audit.conftest import Write


def test_a_word_of_a_list_has_its_own_line(write: Write) -> None:
    """A list may run over many lines, with comments between; the next parameter is another."""
    written = write("smtpd_milters = inet:127.0.0.1:1,\n# unix:/b\n  unix:/a,\n  unix:/b\nother = unix:/c\n")
    assert str(written.parameter_place("smtpd_milters", "unix:/b")) == "main.cf:8"
    assert str(written.parameter_place("smtpd_milters", "unix:/c")) == "main.cf:5"
    assert str(written.parameter_place("relay_domains")) == "main.cf"


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
    assert str(write(master=own + named).logging_place(program)) == place


@pytest.mark.parametrize(
    "program, place", [("postfix/submission/smtpd", "master.cf:6"), ("postfix/smtpd", "None"), ("postfix/qmgr", "None")]
)
def test_a_complaint_is_about_the_services_own_option(write: Write, program: str, place: str) -> None:
    """What the service sets counts for it, whatever main.cf says; white space ends the value."""
    own = "submission inet n - y - - smtpd\n  -o syslog_name=postfix/submission\n  -o smtpd_relay_restrictions=a, reject\n"
    written = write("smtpd_relay_restrictions = reject\n", own)
    assert str(written.option_place(program, "in parameter smtpd_relay_restrictions or another")) == place


def test_places_of_the_trace(write: Write) -> None:
    """They have the folder's own names."""
    assert str(write().trace_place(Place("master.cf", 2))) == "master.cf:2"
    assert str(write().trace_place(Place("default"))) == "main.cf"


@pytest.mark.parametrize(
    "text, place",
    [
        ("error loading the settings from /srv/tls.conf", "main.cf:5"),
        ("undefined parameter: no_such_maps", "main.cf:7"),
        ("bad value of smtpd_timeout", "main.cf:8"),
        ("nobody knows", "None"),
    ],
)
def test_a_complaint_finds_its_setting(write: Write, text: str, place: str) -> None:
    """By its name, by a path or by another parameter in its value."""
    main = "tls_config_file = /srv/tls.conf\nproxy_read_maps =\n  $no_such_maps\nsmtpd_timeout = soon\n"
    assert str(write(main).named_place(text)) == place


def test_a_path_behind_a_name(write: Write) -> None:
    """Where the folder is named by a parameter, the file's own name has to do."""
    written = write("header_checks =\n  regexp:$config_directory/a\n  regexp:$config_directory/b\n")
    assert str(written.parameter_place("header_checks", "/etc/postfix/b")) == "main.cf:7"


@pytest.mark.parametrize(
    "main, service, inside",
    [
        ("", "smtp inet n - y - - smtpd", False),
        ("", "127.0.0.1:25 inet n - y - - smtpd", True),
        ("inet_interfaces = loopback-only\n", "26 inet n - y - - smtpd", True),
        ("inet_interfaces = loopback-only\n", "192.0.2.9:26 inet n - y - - smtpd", False),
        ("inet_interfaces = 127.0.0.1, 192.0.2.9\n", "26 inet n - y - - smtpd", False),
    ],
)
def test_who_is_inside(write: Write, main: str, service: str, *, inside: bool) -> None:
    """Only the host itself reaches it: by its own address, or by inet_interfaces."""
    written = write(main, f"{service}\n")
    assert written.is_inside(written.services[-1]) is inside


def test_words_and_keys_with_their_lines(write: Write) -> None:
    """Of a list of main.cf, and of a table in the folder."""
    written = write("relay_domains = a.example,\n b.example\n", files={"own": '# no\nx@y OK\n\nroot: ann\n"q r": bob\n'})
    assert [(word.text, str(word.place)) for word in written.words("relay_domains")] == [("a.example", "main.cf:5"), ("b.example", "main.cf:6")]
    assert written.words("mynetworks") == ()
    assert list(written.keys("/etc/postfix/own"))[:2] == [("x@y", 2), ("root", 4)]
    assert list(written.keys("/etc/postfix/none")) == []
    assert str(written.first_place) == "main.cf:1"


def test_a_complaint_about_a_table_in_place(write: Write) -> None:
    """Its text names no path, but what stands in the braces."""
    written = write("header_checks = regexp:{{/^From:/ HOLD}}\n")
    assert str(written.named_place("open {{/^From:/ HOLD}}: No such file or directory")) == "main.cf:5"
    assert written.named_place("open {{/^To:/ HOLD}}: No such file or directory") is None
