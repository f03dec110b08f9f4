"""Each collaborator with all that it changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from postfix_lab.errors import InputError
from tests.unit.fit.changes import changes
from tests.unit.fit.conftest import Fit

CASES: list[tuple[str, str, dict[str, str], dict[str, Any], list[str]]] = [
    ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n", "", {}, {}, [
        "SASL users = ann@lab.test, password 'correct horse' (the folder has no sasl.passwd (user:{PLAIN}password))",
        "daemon dovecot unix:/var/spool/postfix/private/auth",
    ]),
    ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n", "", {}, {"debian": 13}, [
        "SASL users = ann@lab.test, password 'correct horse' (the folder has no sasl.passwd (user:{PLAIN}password))",
        "daemon dovecot unix:/var/spool/postfix/private/auth",
    ]),
    ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:127.0.0.1:12345\nmydomain =\nmyhostname = mx\n", "", {}, {"debian": 13}, [
        "SASL users = ann@lab.test, password 'correct horse' (the folder has no sasl.passwd (user:{PLAIN}password))",
        "daemon dovecot inet:127.0.0.1:12345",
    ]),
    ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:dovecot:12345\n", "", {}, {}, [
        "main.cf:5: smtpd_sasl_path = inet:127.0.0.1:12345 (no other host is in the lab; its own Dovecot is)",
        "SASL users = ann@lab.test, password 'correct horse' (the folder has no sasl.passwd (user:{PLAIN}password))",
        "main.cf: smtpd_sasl_path = inet:127.0.0.1:12345",
        "main.cf has no more: smtpd_sasl_path = inet:dovecot:12345",
        "daemon dovecot inet:127.0.0.1:12345",
    ]),
    ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = unix:/run/auth\n", "", {}, {}, [
        "SASL users = ann@lab.test, password 'correct horse' (the folder has no sasl.passwd (user:{PLAIN}password))",
        "daemon dovecot unix:/run/auth",
    ]),
    ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n", "", {"sasl.passwd": "u:{PLAIN}p\n"}, {}, [
        "daemon dovecot unix:/var/spool/postfix/private/auth",
    ]),
    ("", "", {"sasl.passwd": "u:{PLAIN}p\n"}, {}, [
        "daemon dovecot unix:/var/spool/postfix/private/auth",
    ]),
    ("smtpd_sasl_auth_enable = no\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n", "", {}, {}, [
    ]),
    ("smtpd_sasl_auth_enable = yes\n", "", {}, {}, [
        "main.cf:5: smtpd_sasl_type = dovecot (cyrus is not in the lab; Dovecot knows the same mechanisms, PLAIN and LOGIN)",
        "SASL users = ann@lab.test, password 'correct horse' (the folder has no sasl.passwd (user:{PLAIN}password))",
        "main.cf: smtpd_sasl_type = dovecot",
        "main.cf: smtpd_sasl_path = private/auth",
        "daemon dovecot unix:/var/spool/postfix/private/auth",
    ]),
    ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_path = smtpd\n", "587 inet n - y - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_sasl_type=cyrus\n", {}, {}, [
        "main.cf:5: smtpd_sasl_type = dovecot (cyrus is not in the lab; Dovecot knows the same mechanisms, PLAIN and LOGIN)",
        "SASL users = ann@lab.test, password 'correct horse' (the folder has no sasl.passwd (user:{PLAIN}password))",
        "main.cf: smtpd_sasl_type = dovecot",
        "main.cf: smtpd_sasl_path = private/auth",
        "main.cf has no more: smtpd_sasl_path = smtpd",
        "master.cf:   -o smtpd_sasl_type=dovecot",
        "master.cf has no more:   -o smtpd_sasl_type=cyrus",
        "daemon dovecot unix:/var/spool/postfix/private/auth",
    ]),
    ("", "587 inet n - y - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_sasl_type=dovecot\n  -o smtpd_sasl_path=private/a2\n", {}, {}, [
        "SASL users = ann@lab.test, password 'correct horse' (the folder has no sasl.passwd (user:{PLAIN}password))",
        "daemon dovecot unix:/var/spool/postfix/private/a2",
    ]),
    ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n", "", {}, {"sasl": "absent"}, [
        "canary = the stranger's relay attempt alone (the scenario wants a Dovecot that says absent)",
        "unix:/var/spool/postfix/private/auth = Dovecot's auth that says absent (the scenario wants it)",
    ]),
    ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n", "", {}, {"sasl": "hang"}, [
        "canary = the stranger's relay attempt alone (the scenario wants a Dovecot that says hang)",
        "unix:/var/spool/postfix/private/auth = Dovecot's auth that says hang (the scenario wants it)",
        "stub policy unix:/var/spool/postfix/private/auth hang",
    ]),
    ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n", "", {}, {"sasl": "wrong-owner"}, [
        "canary = the stranger's relay attempt alone (the scenario wants a Dovecot that says wrong-owner)",
        "unix:/var/spool/postfix/private/auth = Dovecot's auth that says wrong-owner (the scenario wants it)",
        "stub policy unix:/var/spool/postfix/private/auth wrong-owner",
    ]),
    ("", "", {}, {"sasl": "hang"}, [
        "canary = the stranger's relay attempt alone (the scenario wants a Dovecot that says hang)",
    ]),
    ("", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {}, [
    ]),
    ("", "spf unix - n n - 0 spawn user=nobody argv=/usr/sbin/postfix-policyd-spf-perl\n", {}, {}, [
        "master.cf:3: master.cf spf = /usr/bin/policyd-spf (the host's own SPF policy service is not in the lab, and this one is)",
        "master.cf: spf unix - n n - 0 spawn user=policyd-spf argv=/usr/bin/policyd-spf",
        "master.cf has no more: spf unix - n n - 0 spawn user=nobody argv=/usr/sbin/postfix-policyd-spf-perl",
    ]),
    ("", "spf inet n n n - 0 spawn user=nobody argv=/usr/bin/perl /usr/lib/postfix/policyd-spf-perl\n", {}, {}, [
        "master.cf:3: master.cf spf = /usr/bin/policyd-spf (the host's own SPF policy service is not in the lab, and this one is)",
        "master.cf: spf inet n n n - 0 spawn user=policyd-spf argv=/usr/bin/policyd-spf",
        "master.cf has no more: spf inet n n n - 0 spawn user=nobody argv=/usr/bin/perl /usr/lib/postfix/policyd-spf-perl",
    ]),
    ("", "spf unix - n n - 0 spawn user=policyd-spf-perl argv=/bin/cat\n", {}, {}, [
        "master.cf:3: user policyd-spf-perl = made (master.cf spf runs as this user of the host)",
        "$ getent passwd policyd-spf-perl >/dev/null || useradd -r -M -U -s /usr/sbin/nologin policyd-spf-perl  # master.cf",
    ]),
    ("", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {"policyd-spf.conf": "debugLevel = 1\nHELO_reject=Fail\nx\n"}, {}, [
        "/etc/postfix-policyd-spf-python/policyd-spf.conf 644 root 'debugLevel = 1\\nHELO_reject=Fail\\nx\\n'",
    ]),
    ("", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {"policyd-spf.conf": "debugLevel = 1\nHELO_reject=Fail\n"}, {"policyd_spf": {"helo_reject": "No", "A": "b"}}, [
        "/etc/postfix-policyd-spf-python/policyd-spf.conf 644 root 'debugLevel = 1\\nhelo_reject = No\\nA = b\\n'",
    ]),
    ("", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {"policyd_spf": {"a": "b"}}, [
        "/etc/postfix-policyd-spf-python/policyd-spf.conf 644 root 'a = b\\n'",
    ]),
    ("", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {"spf": "crash"}, [
        "canary = the stranger's relay attempt alone (the scenario wants a policyd-spf that says crash)",
        "master.cf:3: master.cf spf = policyd-spf that says crash (the real one, which dies over its configuration)",
        "master.cf: spf unix - n n - 0 spawn user=policyd-spf argv=/usr/bin/policyd-spf /etc/postfix/policyd-spf.crashing.conf",
        "master.cf has no more: spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf",
        "/etc/postfix/policyd-spf.crashing.conf 644 root 'debugLevel = loud\\n'",
    ]),
    ("", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {"spf": "hang"}, [
        "canary = the stranger's relay attempt alone (the scenario wants a policyd-spf that says hang)",
        "master.cf:3: master.cf spf = policyd-spf that says hang (a program that takes the question and never answers)",
        "master.cf: spf unix - n n - 0 spawn user=policyd-spf argv=/usr/bin/python3 -IS /opt/postfix-lab/stub.py hang",
        "master.cf has no more: spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf",
    ]),
    ("", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {"spf": "missing"}, [
        "canary = the stranger's relay attempt alone (the scenario wants a policyd-spf that says missing)",
        "master.cf:3: master.cf spf = policyd-spf that says missing (a program that is not there)",
        "master.cf: spf unix - n n - 0 spawn user=policyd-spf argv=/usr/bin/policyd-spf.missing",
        "master.cf has no more: spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf",
    ]),
    ("", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {"spf": "wrong-user"}, [
        "canary = the stranger's relay attempt alone (the scenario wants a policyd-spf that says wrong-user)",
        "master.cf:3: master.cf spf = policyd-spf that says wrong-user (started as root, which spawn(8) refuses)",
        "master.cf: spf unix - n n - 0 spawn user=root argv=/usr/bin/policyd-spf",
        "master.cf has no more: spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf",
    ]),
    ("", "", {}, {"spf": "crash"}, [
        "/etc/postfix/policyd-spf.crashing.conf 644 root 'debugLevel = loud\\n'",
    ]),
    ("", "127.0.0.1:99 inet n n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {"spf": "hang"}, [
        "canary = the stranger's relay attempt alone (the scenario wants a policyd-spf that says hang)",
        "master.cf:3: master.cf 127.0.0.1:99 = policyd-spf that says hang (a program that takes the question and never answers)",
        "master.cf: 127.0.0.1:99 inet n n n - 0 spawn user=policyd-spf argv=/usr/bin/python3 -IS /opt/postfix-lab/stub.py hang",
        "master.cf has no more: 127.0.0.1:99 inet n n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf",
    ]),
    ("smtpd_milters = inet:127.0.0.1:7\n", "", {}, {"milter": "absent"}, [
        "main.cf:5: inet:127.0.0.1:7 (smtpd_milters) = a milter that says absent (whatever listens there is not in the lab)",
        "canary = the stranger's relay attempt alone (the scenario wants a milter that says absent)",
        "stub milter inet:127.0.0.1:7 absent",
    ]),
    ("smtpd_milters = inet:127.0.0.1:7\n", "", {}, {"milter": "wrong-owner"}, [
        "main.cf:5: inet:127.0.0.1:7 (smtpd_milters) = a milter that says wrong-owner (whatever listens there is not in the lab)",
        "canary = the stranger's relay attempt alone (the scenario wants a milter that says wrong-owner)",
        "stub milter inet:127.0.0.1:7 wrong-owner",
    ]),
    ("smtpd_data_restrictions = check_policy_service inet:127.0.0.1:10023\n", "", {}, {"policy": "postgrey"}, [
        "main.cf:5: inet:127.0.0.1:10023 (smtpd_data_restrictions) = Debian's postgrey, as packaged (the scenario wants a real greylister there)",
        "stub policy inet:127.0.0.1:10023 postgrey",
        "daemon postgrey inet:127.0.0.1:10023",
    ]),
    ("smtpd_data_restrictions = check_policy_service unix:private/pg\n", "", {}, {"policy": "postgrey"}, [
        "main.cf:5: unix:private/pg (smtpd_data_restrictions) = Debian's postgrey, as packaged (the scenario wants a real greylister there)",
        "stub policy unix:/var/spool/postfix/private/pg postgrey",
        "daemon postgrey unix:/var/spool/postfix/private/pg",
    ]),
]  # fmt: skip


@pytest.mark.parametrize("main, master, files, choices, expected", CASES)
def test_all_that_changes(fitted: Fit, main: str, master: str, files: dict[str, str], choices: dict[str, Any], expected: list[str]) -> None:
    """The report, the files of Postfix and others, commands, stubs and daemons."""
    assert changes(fitted(main, master, files, **choices), main, master) == expected


@pytest.mark.parametrize(
    "main, master, files, choices, error",
    [
        ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:x\n", "", {}, {}, "/main.cf:5: smtpd_sasl_path: 'inet:x' is no socket that smtpd can reach"),
        ("smtpd_milters = inet:127.0.0.1:7\n", "", {}, {"milter": "odd"}, "milter cannot be 'odd'; there are absent, accept, hang, reject, tempfail, wrong-owner"),
        ("", "", {}, {"policy": "rejct"}, "policy cannot be 'rejct'; did you mean reject?"),
        ("", "", {}, {"delivery": "sunk"}, "delivery cannot be 'sunk'; did you mean sink?"),
        ("", "", {}, {"spf": "x"}, "spf cannot be 'x'; there are crash, hang, missing, works, wrong-user"),
        ("", "", {}, {"sasl": "x"}, "sasl cannot be 'x'; there are absent, hang, works, wrong-owner"),
        ("", "", {}, {"milter": "postgrey"}, "milter cannot be 'postgrey'; there are absent, accept, hang, reject, tempfail, wrong-owner"),
    ],
)  # fmt: skip
def test_what_is_refused(fitted: Fit, main: str, master: str, files: dict[str, str], choices: dict[str, Any], tmp_path: Path, error: str) -> None:
    """With the file, the line, and what to do."""
    with pytest.raises(InputError) as refused:
        fitted(main, master, files, **choices)
    assert str(refused.value).replace(str(tmp_path), "") == error
