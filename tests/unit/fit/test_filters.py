"""Stand-ins for milters and policy services, with all that they change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.filter_rules import MilterRule, PolicyRule
from tests.unit.fit.changes import changes
from tests.unit.fit.conftest import Fit, told

CASES: list[tuple[str, str, dict[str, str], dict[str, Any], list[str]]] = [
    ("smtpd_milters = inet:127.0.0.1:8891, unix:opendmarc/s.sock\n", "", {}, {}, [
        "main.cf:5: inet:127.0.0.1:8891 (smtpd_milters) = a milter that says accept (it stands for OpenDKIM)",
        "main.cf:5: unix:opendmarc/s.sock (smtpd_milters) = a milter that says accept (it stands for OpenDMARC)",
        "stub milter inet:127.0.0.1:8891 accept",
        "stub milter unix:/var/spool/postfix/opendmarc/s.sock accept",
    ]),
    ("smtpd_milters = { inet:mx2:8891, command_timeout=3s }\nnon_smtpd_milters = $smtpd_milters\n", "", {}, {"milter": "reject"}, [
        "main.cf:5: inet:mx2:8891 (smtpd_milters) = a milter that says reject, at inet:127.0.0.1:8891 (it stands for OpenDKIM)",
        "canary = the stranger's relay attempt alone (the scenario wants a milter that says reject)",
        "main.cf: smtpd_milters = { inet:127.0.0.1:8891, command_timeout=3s }",
        "main.cf has no more: smtpd_milters = { inet:mx2:8891, command_timeout=3s }",
        "stub milter inet:127.0.0.1:8891 reject",
    ]),
    ("smtpd_milters = inet:9999@192.0.2.7\n", "", {}, {"milter": "tempfail"}, [
        "main.cf:5: inet:9999@192.0.2.7 (smtpd_milters) = a milter that says tempfail, at inet:127.0.0.1:9999 (whatever listens there is not in the lab)",
        "canary = the stranger's relay attempt alone (the scenario wants a milter that says tempfail)",
        "main.cf: smtpd_milters = inet:127.0.0.1:9999",
        "main.cf has no more: smtpd_milters = inet:9999@192.0.2.7",
        "stub milter inet:127.0.0.1:9999 tempfail",
    ]),
    ("smtpd_milters = inet6:[::1]:7\n", "", {}, {}, [
        "main.cf:5: inet6:[::1]:7 (smtpd_milters) = a milter that says accept (whatever listens there is not in the lab)",
        "stub milter inet:::1:7 accept",
    ]),
    ("smtpd_milters = local:/srv/x.sock\n", "", {}, {}, [
        "main.cf:5: local:/srv/x.sock (smtpd_milters) = a milter that says accept (whatever listens there is not in the lab)",
        "stub milter unix:/var/spool/postfix/srv/x.sock accept",
    ]),
    ("smtpd_milters = local:/srv/x.sock\n", "smtp inet n - n - - smtpd\n", {}, {}, [
        "main.cf:5: local:/srv/x.sock (smtpd_milters) = a milter that says accept (whatever listens there is not in the lab)",
        "stub milter unix:/srv/x.sock accept",
    ]),
    ("smtpd_milters = local:/run/x.sock\n", "", {}, {}, [
        "main.cf:5: local:/run/x.sock (smtpd_milters) = a milter that says accept (whatever listens there is not in the lab)",
        "stub milter unix:/run/x.sock accept",
    ]),
    ("", "587 inet n - n - - smtpd\n  -o smtpd_milters=unix:/srv/x.sock\n", {}, {}, [
        "master.cf:4: unix:/srv/x.sock (smtpd_milters of 587) = a milter that says accept (whatever listens there is not in the lab)",
        "stub milter unix:/srv/x.sock accept",
    ]),
    ("", "587 inet n - y - - smtpd\n  -o smtpd_milters=unix:/srv/x.sock\n", {}, {}, [
        "master.cf:4: unix:/srv/x.sock (smtpd_milters of 587) = a milter that says accept (whatever listens there is not in the lab)",
        "stub milter unix:/var/spool/postfix/srv/x.sock accept",
    ]),
    ("smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10031\n", "", {}, {"policy": "hang"}, [
        "main.cf:5: inet:127.0.0.1:10031 (smtpd_recipient_restrictions) = a policy that says hang (it stands for policyd)",
        "canary = the stranger's relay attempt alone (the scenario wants a policy that says hang)",
        "stub policy inet:127.0.0.1:10031 hang",
    ]),
    ("smtpd_recipient_restrictions = check_policy_service { inet:127.0.0.1:9, timeout=3s }, check_policy_service unix:private/quota\n", "", {}, {}, [
        "main.cf:5: inet:127.0.0.1:9 (smtpd_recipient_restrictions) = a policy that says accept (whatever listens there is not in the lab)",
        "main.cf:5: unix:private/quota (smtpd_recipient_restrictions) = a policy that says accept (it stands for Dovecot's quota-status)",
        "stub policy inet:127.0.0.1:9 accept",
        "stub policy unix:/var/spool/postfix/private/quota accept",
    ]),
    ("smtpd_recipient_restrictions = check_policy_service unix:private/spf\n", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {}, [
    ]),
    ("smtpd_recipient_restrictions = check_policy_service unix:private/other\n", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {}, [
        "main.cf:5: unix:private/other (smtpd_recipient_restrictions) = missing, as in life (no service of master.cf makes private/other; Postfix answers 451 4.3.5; stand_ins = all lends one)",
        "canary = the stranger's relay attempt alone (a good client may be refused, since the configuration lacks unix:private/other (smtpd_recipient_restrictions))",
    ]),
    ("smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10040\n", "127.0.0.1:10040 inet n n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {}, [
    ]),
    ("smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10041\n", "127.0.0.1:10040 inet n n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {}, [
        "main.cf:5: inet:127.0.0.1:10041 (smtpd_recipient_restrictions) = a policy that says accept (whatever listens there is not in the lab)",
        "stub policy inet:127.0.0.1:10041 accept",
    ]),
    ("smtpd_recipient_restrictions = check_policy_service unix:/var/spool/postfix/private/spf\n", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {}, [
    ]),
    ("smtpd_recipient_restrictions = check_policy_service unix:public/spf\n", "spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n", {}, {}, [
        "main.cf:5: unix:public/spf (smtpd_recipient_restrictions) = missing, as in life (no service of master.cf makes public/spf; Postfix answers 451 4.3.5; stand_ins = all lends one)",
        "canary = the stranger's relay attempt alone (a good client may be refused, since the configuration lacks unix:public/spf (smtpd_recipient_restrictions))",
    ]),
    ("smtpd_recipient_restrictions = check_policy_service unix:private/gone\n", "gone unix - n n - 0 spawn user=nobody argv=/usr/bin/postgrey-x\n", {}, {}, [
        "master.cf:3: master.cf gone = off (postgrey is not in the lab; see what answers there)",
        "main.cf:5: unix:private/gone (smtpd_recipient_restrictions) = a policy that says accept (whatever listens there is not in the lab)",
        "master.cf: #gone unix - n n - 0 spawn user=nobody argv=/usr/bin/postgrey-x",
        "master.cf has no more: gone unix - n n - 0 spawn user=nobody argv=/usr/bin/postgrey-x",
        "stub policy unix:/var/spool/postfix/private/gone accept",
    ]),
    ("smtpd_recipient_restrictions = check_policy_service unix:private/gone\n", "gone unix - n n - 0 spawn user=nobody argv=/usr/bin/odd\n", {}, {}, [
        "master.cf:3: master.cf gone = off (/usr/bin/odd is not in the lab; see what answers there)",
        "main.cf:5: unix:private/gone (smtpd_recipient_restrictions) = a policy that says accept (whatever listens there is not in the lab)",
        "master.cf: #gone unix - n n - 0 spawn user=nobody argv=/usr/bin/odd",
        "master.cf has no more: gone unix - n n - 0 spawn user=nobody argv=/usr/bin/odd",
        "stub policy unix:/var/spool/postfix/private/gone accept",
    ]),
    ("smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10023\n", "", {}, {"policy": "postgrey"}, [
        "main.cf:5: inet:127.0.0.1:10023 (smtpd_recipient_restrictions) = Debian's postgrey, as packaged (the scenario wants a real greylister there)",
        "stub policy inet:127.0.0.1:10023 postgrey",
        "daemon postgrey inet:127.0.0.1:10023",
    ]),
    ("smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10023\nsmtpd_data_restrictions = check_policy_service inet:127.0.0.1:10023\n", "", {}, {}, [
        "main.cf:5: inet:127.0.0.1:10023 (smtpd_recipient_restrictions) = a policy that says accept (it stands for postgrey)",
        "stub policy inet:127.0.0.1:10023 accept",
    ]),
]  # fmt: skip


@pytest.mark.parametrize("main, master, files, choices, expected", CASES)
def test_all_that_changes(fitted: Fit, main: str, master: str, files: dict[str, str], choices: dict[str, Any], expected: list[str]) -> None:
    """The report, the files of Postfix and others, commands, stubs and daemons."""
    assert changes(fitted(main, master, files, **choices), main, master) == expected


@pytest.mark.parametrize(
    "main, master, files, choices, error",
    [
        ("smtpd_milters = inet:nothing\n", "", {}, {}, "/main.cf:5: smtpd_milters: 'inet:nothing' is no socket that Postfix can reach"),
        ("smtpd_milters = unix:a inet:b:c\n", "", {}, {}, "/main.cf:5: smtpd_milters: 'inet:b:c' is no socket that Postfix can reach"),
        ("smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10023, check_policy_service inet:127.0.0.1:10024\n", "", {}, {"policy": "postgrey"}, "/main.cf:5: smtpd_recipient_restrictions: postgrey listens at inet:127.0.0.1:10023 already; leave but one policy service in the configuration"),
        ("", "", {}, {"policy": "postgrey"}, ": nobody would ask postgrey: no check_policy_service leads outside of master.cf"),
    ],
)  # fmt: skip
def test_what_is_refused(fitted: Fit, main: str, master: str, files: dict[str, str], choices: dict[str, Any], tmp_path: Path, error: str) -> None:
    """With the file, the line, and what to do."""
    with pytest.raises(InputError) as refused:
        fitted(main, master, files, **choices)
    assert str(refused.value).replace(str(tmp_path), "") == error


ONE, OTHER = MilterRule("reject", server="inet:localhost:8891"), MilterRule("tempfail", to="x@y")


def test_rules_of_each_socket(fitted: Fit) -> None:
    """A rule that names no server is for each; one that names it as the configuration does, or by its place, for that."""
    main = "smtpd_milters = inet:localhost:8891, unix:m/m\nsmtpd_data_restrictions = check_policy_service inet:127.0.0.1:10023\n"
    own = PolicyRule("DUNNO", server="inet:127.0.0.1:10023")
    made = fitted(main, milter_rules=(ONE, OTHER), policy_rules=(own,))
    assert {stub.listen: stub.rules for stub in made.stubs} == {
        "inet:127.0.0.1:8891": (ONE, OTHER), "unix:/var/spool/postfix/m/m": (OTHER,), "inet:127.0.0.1:10023": (own,),
    }  # fmt: skip
    assert told(made, "inet:localhost:8891").value == "a milter that says by rules, else accept"
    assert told(made, "canary").reason == f"the scenario wants a milter that says {ONE}"


@pytest.mark.parametrize(
    "choices, problem",
    [
        ({"milter_rules": (MilterRule("reject", server="inet:localhost:1"),)}, "nobody would follow the milter rule .*: there is one at unix:"),
        ({"policy_rules": (PolicyRule("DUNNO"),)}, "nobody would follow the policy rule .*no check_policy_service leads outside"),
    ],
)
def test_rule_that_nobody_follows(fitted: Fit, choices: dict[str, Any], problem: str) -> None:
    """It is an error that says which sockets there are."""
    with pytest.raises(InputError, match=problem):
        fitted("smtpd_milters = unix:m/m\n", **choices)


def test_postgrey_follows_no_rule(fitted: Fit) -> None:
    """A collaborator answers by itself."""
    with pytest.raises(InputError, match="nobody would follow the policy rule"):
        fitted("smtpd_data_restrictions = check_policy_service inet:127.0.0.1:10023\n", policy="postgrey", policy_rules=(PolicyRule("DUNNO"),))
