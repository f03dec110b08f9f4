"""Rules of milters, policy services and tables: which are possible, and how they are told."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.filter_rules import MilterRule, PolicyRule, TableRule, refusing_rule


@pytest.mark.parametrize(
    "make, problem",
    [
        (lambda: PolicyRule(" "), "says nothing on one line"),
        (lambda: PolicyRule("REJECT\nDUNNO"), "says nothing on one line"),
        (lambda: PolicyRule("DUNNO", stage="HEADER"), "is for no stage of a policy"),
        (lambda: PolicyRule("DUNNO", nth=-1), "is for time -1"),
        (lambda: MilterRule("refuse"), "no answer of a milter, nor a reply like '550 5.7.1 No'"),
        (lambda: MilterRule("250 Ok"), "no answer of a milter"),
        (lambda: MilterRule("accept", stage="QUIT"), "is for no stage of a milter"),
        (lambda: MilterRule(stage="MAIL", quarantine="x"), "changes a message at MAIL; only MESSAGE can"),
        (lambda: TableRule("NO"), "is no answer of a table"),
        (lambda: TableRule("OK "), "has no value"),
        (lambda: TableRule("TEMP", nth=-2), "is for time -2"),
    ],
)
def test_impossible_rules(make: object, problem: str) -> None:
    """A sentence says what is wrong."""
    with pytest.raises(InputError, match=problem):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(
    "rule, text",
    [
        (PolicyRule("DUNNO"), "DUNNO"),
        (PolicyRule("HANG", "RCPT", "b@x", "", "192.0.2.1", "h", {"size": "0"}, 2, "inet:1"),
         "HANG, at RCPT, to b@x, from <>, client 192.0.2.1, helo h, server inet:1, time 2, size=0"),
        (MilterRule("reject", "RCPT"), "reject, at RCPT"),
        (MilterRule(delete_headers="X", add_recipients=["a@x"], change_sender="", replace_body=""),
         "continue, at MESSAGE, delete headers ('X',), add recipients ('a@x',), change sender , replace body "),
        (TableRule("PERM", "k*", 3), "PERM, key k*, time 3"),
    ],
)  # fmt: skip
def test_text(rule: object, text: str) -> None:
    """Each condition and change is named."""
    assert str(rule) == text


@pytest.mark.parametrize(
    "rule, refuses",
    [
        (PolicyRule("REJECT no"), True),
        (PolicyRule("defer_if_permit x", "RCPT", nth=1), True),
        (PolicyRule("450 4.7.1 later"), True),
        (PolicyRule("DROP"), True),
        (PolicyRule("REJECT no", to="b@x"), False),
        (PolicyRule("REJECT no", sender=""), False),
        (PolicyRule("REJECT no", client="192.0.2.1"), False),
        (PolicyRule("REJECT no", helo="h"), False),
        (PolicyRule("REJECT no", given={"size": "0"}), False),
        (PolicyRule("PREPEND X: DROP"), False),
        (MilterRule("tempfail"), True),
        (MilterRule("discard"), True),
        (MilterRule("550 5.7.1 No"), True),
        (MilterRule("reject", to="b@x"), False),
        (MilterRule(quarantine="x"), False),
        (TableRule("TEMP"), True),
        (TableRule("TEMP", key="*"), False),
        (TableRule("NOTFOUND"), False),
        (TableRule("OK x"), False),
    ],
)
def test_which_keeps_good_mail_out(rule: MilterRule | PolicyRule | TableRule, refuses: bool) -> None:
    """One that refuses without a condition about the mail."""
    assert rule.refuses is refuses
    assert refusing_rule([PolicyRule("DUNNO"), rule]) == (str(rule) if refuses else "")
