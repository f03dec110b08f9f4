"""Names, addresses and listeners, with all that changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from postfix_lab.errors import InputError
from tests.unit.fit.changes import changes
from tests.unit.fit.conftest import Fit

CASES: list[tuple[str, str, dict[str, str], dict[str, Any], list[str]]] = [
    ("myhostname =\n", "", {}, {}, [
        "main.cf:5: myhostname = mx.lab.test (main.cf does not name the host, and the lab does not know its hostname(1))",
        "main.cf has no more: myhostname =",
    ]),
    ("myhostname =\nmydomain = a.example\n", "", {}, {}, [
        "main.cf:5: myhostname = mx.a.example (main.cf does not name the host, and the lab does not know its hostname(1))",
        "main.cf: myhostname = mx.a.example",
        "main.cf has no more: myhostname = mx.lab.test",
        "main.cf has no more: myhostname =",
    ]),
    ("myhostname = $mydomain\nmydomain = b.example\n", "", {}, {}, [
    ]),
    ("myorigin = /etc/mailname\n", "", {}, {}, [
        "main.cf:5: /etc/mailname = mx.lab.test (it is neither in the folder nor beside it)",
        "/etc/mailname 644 root 'mx.lab.test\\n'",
    ]),
    ("myorigin = $mydomain\n", "", {}, {}, [
    ]),
    ("inet_interfaces = 203.0.113.1\n", "", {}, {}, [
        "main.cf:5: inet_interfaces = 192.0.2.25 2001:db8:2::25 (203.0.113.1: the lab's mail host has its own addresses)",
        "main.cf: inet_interfaces = 192.0.2.25 2001:db8:2::25",
        "main.cf has no more: inet_interfaces = 203.0.113.1",
    ]),
    ("inet_interfaces = localhost, 203.0.113.1 [2001:db8:1::1]\n", "", {}, {}, [
        "main.cf:5: inet_interfaces = localhost 192.0.2.25 2001:db8:2::25 (203.0.113.1, [2001:db8:1::1]: the lab's mail host has its own addresses)",
        "main.cf: inet_interfaces = localhost 192.0.2.25 2001:db8:2::25",
        "main.cf has no more: inet_interfaces = localhost, 203.0.113.1 [2001:db8:1::1]",
    ]),
    ("inet_interfaces = 192.0.2.25, 203.0.113.1\n", "", {}, {}, [
        "main.cf:5: inet_interfaces = 192.0.2.25 192.0.2.25 2001:db8:2::25 (203.0.113.1: the lab's mail host has its own addresses)",
        "main.cf: inet_interfaces = 192.0.2.25 192.0.2.25 2001:db8:2::25",
        "main.cf has no more: inet_interfaces = 192.0.2.25, 203.0.113.1",
    ]),
    ("inet_interfaces = loopback-only\n", "", {}, {}, [
        "canary = off (no client from outside reaches port 25)",
    ]),
    ("inet_interfaces = all\n", "", {}, {}, [
    ]),
    ("smtp_bind_address = 203.0.113.1\nlmtp_bind_address6 = 2001:db8:2::25\n", "", {}, {}, [
        "main.cf:5: smtp_bind_address = (any) (203.0.113.1 is no address of the lab's mail host)",
        "main.cf: smtp_bind_address =",
        "main.cf has no more: smtp_bind_address = 203.0.113.1",
    ]),
    ("", "587 unix - - y - - smtp\n  -o smtp_bind_address=203.0.113.1\n", {}, {}, [
        "master.cf:4: smtp_bind_address of 587 = (any) (203.0.113.1 is no address of the lab's mail host)",
        "master.cf:   -o smtp_bind_address=",
        "master.cf has no more:   -o smtp_bind_address=203.0.113.1",
    ]),
    ("", "203.0.113.5:587 inet n - y - - smtpd\n", {}, {}, [
        "master.cf:3: master.cf 203.0.113.5:587 = 192.0.2.25:587 (203.0.113.5 is no address of the lab's mail host)",
        "master.cf: 192.0.2.25:587 inet n - y - - smtpd",
        "master.cf has no more: 203.0.113.5:587 inet n - y - - smtpd",
    ]),
    ("", "203.0.113.5:smtp inet n - y - - smtpd\n", {}, {}, [
        "master.cf:3: master.cf 203.0.113.5:smtp = 192.0.2.25:25 (203.0.113.5 is no address of the lab's mail host)",
        "master.cf: 192.0.2.25:25 inet n - y - - smtpd",
        "master.cf has no more: 203.0.113.5:smtp inet n - y - - smtpd",
    ]),
    ("", "[2001:db8:9::1]:587 inet n - y - - smtpd\n", {}, {}, [
        "master.cf:3: master.cf [2001:db8:9::1]:587 = [2001:db8:2::25]:587 (2001:db8:9::1 is no address of the lab's mail host)",
        "master.cf: [2001:db8:2::25]:587 inet n - y - - smtpd",
        "master.cf has no more: [2001:db8:9::1]:587 inet n - y - - smtpd",
    ]),
    ("", "[2001:db8:9::1]:587 inet n - y - - smtpd\n", {}, {"addresses": ("192.0.2.25",)}, [
        "master.cf:3: master.cf [2001:db8:9::1]:587 = 192.0.2.25:587 (2001:db8:9::1 is no address of the lab's mail host)",
        "master.cf: 192.0.2.25:587 inet n - y - - smtpd",
        "master.cf has no more: [2001:db8:9::1]:587 inet n - y - - smtpd",
    ]),
    ("", "192.0.2.25:587 inet n - y - - smtpd\n203.0.113.5:587 inet n - y - - smtpd\n203.0.113.6:587 inet n - y - - smtpd\n", {}, {}, [
        "master.cf:4: master.cf 203.0.113.5:587 = off (203.0.113.5 is no address here, and its port is taken)",
        "master.cf:5: master.cf 203.0.113.6:587 = off (203.0.113.6 is no address here, and its port is taken)",
        "master.cf: #203.0.113.5:587 inet n - y - - smtpd",
        "master.cf: #203.0.113.6:587 inet n - y - - smtpd",
        "master.cf has no more: 203.0.113.5:587 inet n - y - - smtpd",
        "master.cf has no more: 203.0.113.6:587 inet n - y - - smtpd",
    ]),
    ("", "203.0.113.5:587 inet n - y - - smtpd\n203.0.113.6:587 inet n - y - - smtpd\n127.0.0.1:26 inet n - y - - smtpd\n", {}, {}, [
        "master.cf:3: master.cf 203.0.113.5:587 = 192.0.2.25:587 (203.0.113.5 is no address of the lab's mail host)",
        "master.cf:4: master.cf 203.0.113.6:587 = off (203.0.113.6 is no address here, and its port is taken)",
        "master.cf: 192.0.2.25:587 inet n - y - - smtpd",
        "master.cf: #203.0.113.6:587 inet n - y - - smtpd",
        "master.cf has no more: 203.0.113.5:587 inet n - y - - smtpd",
        "master.cf has no more: 203.0.113.6:587 inet n - y - - smtpd",
    ]),
    ("mynetworks = /etc/postfix/nets\n", "", {"nets": "10.0.0.0/8\n"}, {}, [
        "/etc/postfix/nets 644 root '10.0.0.0/8\\n'",
    ]),
    ("queue_directory = /srv\nmail_owner = me\n", "", {}, {}, [
        "main.cf:5: queue_directory, mail_owner = Debian's own (the packages of Debian keep their files and run as their own users)",
        "main.cf has no more: queue_directory = /srv",
        "main.cf has no more: mail_owner = me",
    ]),
    ("queue_directory = /var/spool/postfix\nconfig_directory = /srv\n", "", {}, {}, [
        "main.cf:6: config_directory = Debian's own (the packages of Debian keep their files and run as their own users)",
        "main.cf has no more: config_directory = /srv",
    ]),
    ("data_directory = $queue_directory/x\n", "", {}, {}, [
        "main.cf:5: data_directory = Debian's own (the packages of Debian keep their files and run as their own users)",
        "main.cf has no more: data_directory = $queue_directory/x",
    ]),
    ("maillog_file = /var/log/x\n", "", {}, {}, [
        "main.cf:5: maillog_file = (syslog) (the lab reads the log from syslog; the lines are the same)",
        "main.cf has no more: maillog_file = /var/log/x",
    ]),
    ("maillog_file =\n", "", {}, {}, [
    ]),
    ("multi_instance_enable = yes\nmulti_instance_directories = /a\n", "", {}, {}, [
        "main.cf:5: multi_instance_enable, multi_instance_directories = (none) (one instance is under test; the others are configurations of their own)",
        "main.cf has no more: multi_instance_enable = yes",
        "main.cf has no more: multi_instance_directories = /a",
    ]),
    ("multi_instance_enable = no\n", "", {}, {}, [
    ]),
    ("compatibility_level = 3.6\n", "", {}, {"debian": 11}, [
        "main.cf:5: compatibility_level = 2 (Postfix 3.5 reads whole numbers alone; 2 is its highest)",
        "main.cf: compatibility_level = 2",
        "main.cf has no more: compatibility_level = 3.6",
    ]),
    ("compatibility_level = 3.6\n", "", {}, {}, [
    ]),
    ("compatibility_level = 2\n", "", {}, {"debian": 11}, [
    ]),
]  # fmt: skip


@pytest.mark.parametrize("main, master, files, choices, expected", CASES)
def test_all_that_changes(fitted: Fit, main: str, master: str, files: dict[str, str], choices: dict[str, Any], expected: list[str]) -> None:
    """The report, the files of Postfix and others, commands, stubs and daemons."""
    assert changes(fitted(main, master, files, **choices), main, master) == expected


@pytest.mark.parametrize(
    "main, master, files, choices, error",
    [
        ("myhostname = a_b\n", "", {}, {}, "/main.cf:5: myhostname is 'a_b', which is no host name"),
        ("mynetworks = /etc/postfix/nets\n", "", {}, {}, "/main.cf:5: mynetworks names the file /etc/postfix/nets, which the folder does not hold, and without it no daemon of Postfix starts. Copy it into the folder, or write its lines into the list"),
        ("mynetworks = !/etc/postfix/nets\n", "", {}, {}, "/main.cf:5: mynetworks names the file /etc/postfix/nets, which the folder does not hold, and without it no daemon of Postfix starts. Copy it into the folder, or write its lines into the list"),
        ("relay_domains = a, /x\n", "", {}, {}, "/main.cf:5: relay_domains names the file /x, which the folder does not hold, and without it no daemon of Postfix starts. Copy it into the folder, as /x, or write its lines into the list"),
        ("", "587 inet n - y - - smtpd\n  -o mynetworks=/y\n", {}, {}, "/master.cf:4: mynetworks of 587 names the file /y, which the folder does not hold, and without it no daemon of Postfix starts. Copy it into the folder, as /y, or write its lines into the list"),
    ],
)  # fmt: skip
def test_what_is_refused(fitted: Fit, main: str, master: str, files: dict[str, str], choices: dict[str, Any], tmp_path: Path, error: str) -> None:
    """With the file, the line, and what to do."""
    with pytest.raises(InputError) as refused:
        fitted(main, master, files, **choices)
    assert str(refused.value).replace(str(tmp_path), "") == error
