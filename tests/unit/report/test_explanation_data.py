"""An explanation that was made by hand, as data, word by word."""

from __future__ import annotations

from dataclasses import replace

from postfix_lab.report.explanation_data import explanation_data
from postfix_lab.verdict.explanation import Decision
from tests.unit.report.explained import CLIENT, DECIDING, FIRST, RCPT, RELAY, SESSION, explanation


def test_the_same_as_data() -> None:
    """Every word of it, with null where there is nothing."""
    deciding = {"restriction": "reject", "argument": "", "list": RELAY, "file": "main.cf", "line": 5}
    first = {"restriction": "check_client_access", "argument": "hash:/a", "list": RELAY, "file": "main.cf", "line": 5}
    nothing: dict[str, object] = {"decided": False, "dns": [], "said": [], "entries": [], "replies": [], "warnings": [], "within": []}
    inner = {"restriction": "permit", "argument": "", "list": RELAY, "file": "table", "line": None, "result": "permit", **nothing}
    last = {"restriction": "permit", "argument": "", "list": RELAY, "file": "default", "line": None, "result": "not reached", **nothing}
    decision: dict[str, object] = {
        "command": "RCPT", "reply": RCPT.reply, "why": "restriction", "restriction": deciding, "worded": None, "suspects": [],
    }  # fmt: skip
    lists = [
        {"list": CLIENT, "kind": "list", "ran": True, "restrictions": [{
            **first, "result": "dunno", "decided": False, "dns": ["x.example A -> NODATA"], "said": ["reject x"], "entries": [],
            "replies": ["None 5.7.1 never"], "warnings": ["warning: odd"],
            "within": [{"list": "hash:/a", "kind": "table", "ran": True, "restrictions": [inner]}],
        }]},
        {"list": "greedy", "kind": "class", "ran": True, "restrictions": [
            {**deciding, "result": "defer", **nothing, "decided": True, "replies": ["450 4.7.1 <b@c>: no"]}, last,
        ]},
        {"list": "smtpd_reject_unlisted_recipient", "kind": "maps", "ran": False, "restrictions": []},
    ]  # fmt: skip
    assert explanation_data(explanation()) == {
        "scenario": "right",
        "mail_host": {"debian": 12, "postfix": "3.7.11", "configuration": "article"},
        "notes": [], "sessions": [{
            "client": "192.0.2.1", "port": 9, "server_port": 25, "service": "smtp/inet", "decision": decision, "routes": [],
            "commands": [
                {"command": "EHLO", "said": "EHLO x", "reply": "", "lists": []},
                {"command": "RCPT", "said": "RCPT TO:<b@c>", "reply": RCPT.reply, "lists": lists},
            ],
        }],
    }  # fmt: skip


def test_a_decision_without_a_restriction_as_data() -> None:
    """Null, and those that it may have been; a session that nothing was evaluated for has no decision."""
    unknown = Decision(RCPT, "unknown", suspects=(DECIDING,), worded=FIRST)
    told = explanation_data(explanation(replace(SESSION, decision=unknown), replace(SESSION, decision=None)))
    first, second = (session["decision"] for session in told["sessions"])
    assert first is not None
    assert first["worded"] is not None
    assert (first["restriction"], [one["restriction"] for one in first["suspects"]]) == (None, ["reject"])
    assert first["worded"]["restriction"] == "check_client_access"
    assert second is None
