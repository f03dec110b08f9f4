"""The keys under `expect`: those of a session and those of the whole test."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.yaml.read.reader import read_text
from postfix_lab.yaml.read.value_kind import Keys
from postfix_lab.yaml.vocabulary.expect_keys import SEEN_EXPECT, SESSION_EXPECT

WHOLE = Keys("a test of mine", (*SESSION_EXPECT, *SEEN_EXPECT))


def test_no_key_is_declared_twice() -> None:
    """One about a session is not one about the whole test."""
    names = [key.name for key in (*SESSION_EXPECT, *SEEN_EXPECT)]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    "text",
    [
        "verdict: [accept, defer]", "stage: RCPT", "code: 5xx", "decided-by: reject_unlisted_recipient", "accepted: [MAIL, RCPT]",
        "replies: [{stage: RCPT, code: 250, said: bob}]", "refused: {stage: MAIL, code: 550, enhanced: 5.7.1, text: no}", "ended: quit",
        "within: 2.5", "sent: <LF>.<LF>", "delivered: no", "delivered: {times: 0}", "received-spf: absent",
        "received-spf: {result: pass, client-ip: 192.0.2.1}", "bounced: ann@a.example", "log: [x, {event: Reject, code: 450}]",
        "peers: {address: far, from: ann@a.example}", "asked: {name: a.example, type: MX, outcome: NXDOMAIN, answers: [x]}",
        "asked: [a.example MX]", "asked-nothing: yes", "headers: {subject: x}",
    ],
)  # fmt: skip
def test_what_can_be_expected(text: str) -> None:
    """Each key takes a value of its kind, or several where that makes sense."""
    WHOLE.check(read_text(f"{text}\n", "f"))


@pytest.mark.parametrize(
    "text, message",
    [
        ("verdict: perhaps", "'perhaps' is not a verdict"),
        ("replies: {code: 250}", "a reply needs the key 'stage'"),
        ("replies: {stage: RCPT}", "a reply needs the key 'code'"),
        ("refused: {stage: RCPT}", "a refusal needs the key 'code'"),
        ("refused: {stage: RCPT, code: 550, said: x}", "a refusal has no key 'said'"),
        ("ended: gone", "'gone' is not an end of a session"),
        ("delivered: {times: -1}", "a number of copies"),
        ("received-spf: {client-ip: 192.0.2.1}", "a Received-SPF header needs the key 'result'"),
        ("received-spf: missing", "is not an SPF result or absent"),
        ("peers: {from: ann@a.example}", "a message at a remote MTA needs the key 'address'"),
        ("asked: {name: a.example}", "a DNS question needs the key 'type'"),
        ("asked: {name: a.example, type: MX, outcome: LATE}", "'LATE' is not an outcome of a question"),
        ("log: {event: Reject, Code: 450}", "'Code' is not a field of a log line"),
        ("asked-nothing: no", "'no' is not yes"),
    ],
)
def test_what_cannot(text: str, message: str) -> None:
    """It is a sentence with its place."""
    with pytest.raises(InputError, match=message):
        WHOLE.check(read_text(f"{text}\n", "f"))
