"""A policy service that answers case by case."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab.fit.filter_rules import PolicyRule
from tests.unit.inside.mailhost.stubs import Stubs

USUAL = {
    "request": "smtpd_access_policy", "protocol_state": "RCPT", "client_address": "192.0.2.1", "helo_name": "h.example",
    "sender": "ann@x.example", "recipient": "bob@lab.test", "sasl_username": "",
}  # fmt: skip


def ask(stubs: Stubs, **changed: str) -> str:
    """Return the answer to one request on a connection of its own."""
    request = "".join(f"{name}={value}\n" for name, value in {**USUAL, **changed}.items())
    with stubs.connection() as sock:
        sock.sendall(request.encode() + b"\n")
        return sock.recv(4096).decode(errors="replace").strip()


@pytest.mark.parametrize(
    "condition, matching, other",
    [
        ({"to": "bob@*"}, {}, {"recipient": "eve@lab.test"}),
        ({"sender": "ANN@x.example"}, {}, {"sender": ""}),
        ({"sender": ""}, {"sender": ""}, {}),
        ({"client": "192.0.2.1"}, {}, {"client_address": "192.0.2.11"}),
        ({"helo": "h.*"}, {}, {"helo_name": "x"}),
        ({"given": {"sasl_username": "ann"}}, {"sasl_username": "ann"}, {}),
        ({"given": {"ccert_subject": "*"}}, {"ccert_subject": ""}, {}),
        ({"stage": "MESSAGE"}, {"protocol_state": "END-OF-MESSAGE"}, {}),
        ({"stage": "HELO"}, {"protocol_state": "EHLO"}, {}),
    ],
)
def test_conditions(stubs: Stubs, condition: dict[str, Any], matching: dict[str, str], other: dict[str, str]) -> None:
    """Each alone decides whether the rule applies."""
    stubs.serve("policy", PolicyRule("REJECT no", **condition))
    assert ask(stubs, **matching) == "action=REJECT no"
    assert ask(stubs, **other) == "action=DUNNO"


def test_attempts(stubs: Stubs) -> None:
    """The first attempt is deferred, the second taken; a new run begins from the first."""
    stubs.serve("policy", PolicyRule("DEFER_IF_PERMIT come back", to="bob@lab.test", nth=1))
    assert [ask(stubs), ask(stubs, recipient="eve@x"), ask(stubs)] == ["action=DEFER_IF_PERMIT come back", "action=DUNNO", "action=DUNNO"]
    assert stubs.ask("forget") == "forgotten"
    assert stubs.records() == []
    assert ask(stubs) == "action=DEFER_IF_PERMIT come back"


def test_first_rule_that_matches(stubs: Stubs) -> None:
    """Later rules count the event as well, and apply where it does not."""
    stubs.serve("policy", PolicyRule("450 4.7.1 one", nth=1), PolicyRule("450 4.7.1 two", nth=2), mode="reject")
    assert [ask(stubs), ask(stubs), ask(stubs)] == ["action=450 4.7.1 one", "action=450 4.7.1 two", "action=REJECT refused by the lab's stub"]
    assert [record["rule"] for record in stubs.records()] == [0, 1, None]


def test_record(stubs: Stubs) -> None:
    """Every attribute of a request is kept, with the answer."""
    stubs.serve("policy")
    ask(stubs)
    [record] = stubs.records()
    assert record["given"] == USUAL
    assert (record["role"], record["stage"], record["answer"]) == ("policy", "RCPT", "DUNNO")
    assert record["server"].startswith("unix:/")


@pytest.mark.parametrize("says, answer", [("DROP", ""), ("GARBAGE", "\x00\ufffd\x1b[31m no answer \U0001f4a5")])
def test_no_answer(stubs: Stubs, says: str, answer: str) -> None:
    """The connection is closed, or octets come that are none."""
    stubs.serve("policy", PolicyRule(says))
    assert ask(stubs) == answer


@pytest.mark.parametrize("how", [{"mode": "hang"}, {"rules": True}])
def test_silence(stubs: Stubs, how: dict[str, Any]) -> None:
    """Nothing comes, and what was asked is known all the same."""
    stubs.serve("policy", *([PolicyRule("HANG")] if "rules" in how else []), mode=how.get("mode", "accept"))
    with stubs.connection() as sock:
        sock.sendall(b"protocol_state=RCPT\n\n")
        sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            sock.recv(1)
        assert [record["stage"] for record in stubs.records()] == ["RCPT"]
