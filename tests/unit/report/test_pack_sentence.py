"""What a pack found, in one sentence."""

from __future__ import annotations

import pytest

from postfix_lab.report.pack_sentence import pack_sentences
from postfix_lab.report.summary_table import Row
from postfix_lab.verdict.checks.check import Status

REFUSED, CLOSED = "reject: RCPT refused with 554 5.7.1", "closed"


def row(scenario: str, note: str = REFUSED, status: Status = Status.PASS) -> Row:
    return Row(f"packs/{scenario}", 12, "packaged", status, 0.1, note)


@pytest.mark.parametrize(
    "rows, sentence",
    [
        ([row("relay::a [port-25-v4]"), row("relay::b [port-587-tls-v6]"), row("relay::a [port-465-v4]", CLOSED)],
         "relay: closed on 25 and 587; nobody listens on 465"),
        ([row("relay::a [port-25-v4]"), row("relay::a [port-587-v4]"), row("relay::a [port-465-v4]")], "relay: closed on 25, 587 and 465"),
        ([row("relay::a [port-25-v4]"), row("relay::b [port-25-v4]", "", Status.FAIL), row("relay::a [port-587-v4]", "", Status.UNKNOWN)],
         "relay: OPEN on 25; not known on 587"),
        ([row("relay::a [port-25-v4]", CLOSED), row("relay::b [port-25-v6]")], "relay: closed on 25"),
    ],
)  # fmt: skip
def test_where_nobody_relays(rows: list[Row], sentence: str) -> None:
    """Each port once; a session that relayed outweighs the others."""
    assert pack_sentences(["relay"], rows) == [sentence]


def test_what_other_packs_say() -> None:
    """What became of the sessions, or which ones are not as they should be."""
    rows = [row("rdns::missing [v4]", "defer: RCPT refused with 450 4.7.1"), row("rdns::right [v4]", "accept: MESSAGE accepted"), row("rdns::liar [v4]", "accept: x")]
    assert pack_sentences(["rdns"], rows) == ["rdns: all 3 are as they should be: 2 accepted and 1 deferred"]
    wrong = [row(f"rdns::case-{number}", "", Status.FAIL) for number in range(5)]
    assert pack_sentences(["rdns"], [*rows, *wrong]) == ["rdns: 5 of 8 are not as they should be: case-0, case-1, case-2 and 2 more"]
    assert pack_sentences(["rdns"], [row("rdns::odd", "")]) == ["rdns: all 1 are as they should be"]


def test_which_packs() -> None:
    """Those that ran, each once; rows of other files are not theirs."""
    rows = [row("helo::ehlo"), Row("packs.yaml::helo", 12, "packaged", Status.PASS, 0.1, REFUSED), row("spf-own::x")]
    assert pack_sentences(["helo", "helo", "spf"], rows) == ["helo: all 1 are as they should be: 1 refused"]
