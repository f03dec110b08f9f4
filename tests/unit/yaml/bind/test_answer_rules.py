"""Rules in YAML, and the checks of what milters, policy services and tables were given."""

from __future__ import annotations

import pytest

from postfix_lab.fit.filter_rules import MilterRule, PolicyRule, TableRule
from postfix_lab.smtp.filter_request import FilterRequest
from postfix_lab.verdict.checks import Status
from postfix_lab.verdict.judge import judge
from tests.unit.evidence_builder import evidence
from tests.unit.yaml.conftest import Mistake, Plays

SEEN = evidence(
    requests=(
        FilterRequest(1.0, "milter", "inet:1", 1, "RCPT", {"recipient": "<bob@lab.test>", "i": "4A"}, "continue"),
        FilterRequest(2.0, "policy", "inet:2", 1, "RCPT", {"recipient": "bob@lab.test", "size": "0"}, "DUNNO"),
        FilterRequest(3.0, "table", "inet:3", 1, "LOOKUP", {"key": "bob@lab.test"}, "NOTFOUND"),
    )
)


def test_rules(sheet: Plays) -> None:
    """Each key is a field of the rule; a single rule needs no list, and `$` is Postfix's own."""
    (play,) = sheet("""
    main: {virtual_alias_maps: "ldap:/etc/postfix/a.cf", smtpd_milters: "inet:localhost:8891",
           smtpd_data_restrictions: "check_policy_service inet:localhost:10023"}
    milter-rules:
      - {says: 550 5.7.1 No, stage: RCPT, to: eve@*, nth: 2, server: "inet:localhost:8891", given: {i: 4*}}
      - add-headers: {X-A: $x}
        change-headers: {Subject: new}
        delete-headers: X-B
        add-recipients: [c@x, d@x]
        delete-recipients: b@x
        change-sender: ""
        replace-body: "a\\r\\n"
        quarantine: odd
    policy-rules: {says: REJECT no, sender: "", client: 192.0.2.1, helo: h}
    table-rules: {"ldap:/etc/postfix/a.cf": [{says: OK x, key: k, nth: 1}, {says: TEMP}]}
    tests: {a: {expect: {code: 250}}}
    """)
    setup = play.setup
    assert setup.milter_rules == (
        MilterRule("550 5.7.1 No", "RCPT", "eve@*", nth=2, server="inet:localhost:8891", given={"i": "4*"}),
        MilterRule(
            add_headers={"X-A": "$x"}, change_headers={"Subject": "new"}, delete_headers=("X-B",), add_recipients=("c@x", "d@x"),
            delete_recipients=("b@x",), change_sender="", replace_body="a\r\n", quarantine="odd",
        ),
    )  # fmt: skip
    assert setup.policy_rules == (PolicyRule("REJECT no", sender="", client="192.0.2.1", helo="h"),)
    assert setup.table_rules == {"ldap:/etc/postfix/a.cf": (TableRule("OK x", "k", 1), TableRule("TEMP"))}


@pytest.mark.parametrize(
    "text, told",
    [
        ("milter-rules: {says: refuse}", "the milter rule 'refuse' is no answer"),
        ("policy-rules: {to: x}", "a rule of a policy service needs the key 'says'"),
        ("policy-rules: {says: DUNNO, stage: HEADER}", "is not a stage of a policy request"),
        ('table-rules: {"ldap:/a": {says: NO}}', "the table rule 'NO' is no answer of a table"),
        ("tests: {a: {expect: {milter-received: {given: {a: b}}}}}", "what a milter was given needs the key 'stage'"),
    ],
)
def test_mistakes(mistake: Mistake, text: str, told: str) -> None:
    """They are told with their place."""
    rest = "" if text.startswith("tests") else "\ntests: {a: {expect: {code: 250}}}"
    found = mistake(text + rest)
    assert told in found
    assert found.startswith("2:")


@pytest.mark.parametrize(
    "wanted, status",
    [
        ("milter-received: {stage: RCPT, given: {recipient: <bob@$mydomain>, i: '*'}, answer: cont*}", Status.PASS),
        ("milter-received: {stage: DATA, times: 0}", Status.PASS),
        ("milter-received: {stage: DATA}", Status.FAIL),
        ("policy-received: [{given: {recipient: bob@lab.test, size: 0}, times: 1}, {stage: RCPT, answer: DUNNO}]", Status.PASS),
        ("policy-received: {given: {recipient: eve@lab.test}}", Status.FAIL),
        ("table-asked: {key: bob@lab.test, answer: NOTFOUND, times: 1}", Status.PASS),
        ("table-asked: {key: bob@lab.test, answer: OK}", Status.FAIL),
    ],
)
def test_expectations(sheet: Plays, wanted: str, status: Status) -> None:
    """Words such as `$mydomain` are replaced."""
    (play,) = sheet(f"tests: {{a: {{expect: {{{wanted}}}}}}}")
    assert judge(SEEN, play.rounds[0].checks).status is status
