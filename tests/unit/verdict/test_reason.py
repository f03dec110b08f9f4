"""What became of a mail is read from replies and log, and never mistaken for a verdict about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.serialization import to_json
from postfix_lab.smtp.transcript import Exchange
from postfix_lab.verdict.outcome import Fate
from postfix_lab.verdict.reason import reasoned_outcome
from tests.unit.evidence_builder import START, evidence, log_of, query, refused_at_rcpt, reply, session


def test_an_accepted_message_is_followed_to_its_end() -> None:
    """The reason is where it went."""
    decision = reasoned_outcome(evidence())
    assert (decision.outcome, decision.stage) == (Fate.ACCEPT, "MESSAGE")
    assert decision.reasons == ("bob@lab.test sent by lmtp: 250 2.0.0 Ok",)


@pytest.mark.parametrize(
    "text, outcome",
    [
        ("450 4.7.1 Client host rejected: cannot find your reverse hostname, [203.0.113.10]", Fate.DEFER),
        ("550 5.7.1 Client host rejected: cannot find your reverse hostname, [203.0.113.10]", Fate.REJECT),
        ("451 4.3.0 <bob@lab.test>: Temporary lookup failure", Fate.INFRASTRUCTURE),
        ("451 4.3.5 Server configuration error", Fate.INFRASTRUCTURE),
        ("451 4.3.5 Server configuration problem", Fate.INFRASTRUCTURE),
        ("451 4.7.1 Service unavailable - try again later", Fate.INFRASTRUCTURE),
        ("451 4.7.1 Service unavailable; Client host blocked using bl.example", Fate.DEFER),
        ("450 4.3.0 <bob@lab.test>: Temporary lookup failure", Fate.DEFER),
    ],
)
def test_outcome(text: str, outcome: Fate) -> None:
    """The reply's class decides, unless the mail host only speaks of itself."""
    assert reasoned_outcome(refused_at_rcpt(text)).outcome is outcome


def test_a_broken_mail_host_is_told_with_its_cause() -> None:
    """The lines of the session come first, then what other services complain of."""
    seen = replace(
        refused_at_rcpt("451 4.3.5 Server configuration error"),
        log=log_of("smtpd: warning: connect to private/policyd-spf: Connection refused"),
        other_log=log_of("spawn: fatal: get_service_attr: unknown username: policyd"),
    )
    assert reasoned_outcome(seen).reasons[1:] == (
        "postfix/smtpd: warning: connect to private/policyd-spf: Connection refused",
        "postfix/spawn: fatal: get_service_attr: unknown username: policyd",
    )


def test_a_name_that_could_not_be_found_is_told_with_what_the_dns_said() -> None:
    """The reason has the questions about the client, and no others."""
    reverse = "10.113.0.203.in-addr.arpa"
    asked = (query(reverse, "PTR", "NOERROR", "PTR Gmail.com."), query("gmail.com", "A", "NOERROR", "A 192.0.2.9"),
             query("good.example", "TXT", "NODATA"))  # fmt: skip
    reasons = reasoned_outcome(replace(refused_at_rcpt(), queries=asked)).reasons
    assert reasons == (
        "no name of the client leads back to its address",
        f"the DNS said: {reverse} PTR -> Gmail.com",
        "the DNS said: gmail.com A -> 192.0.2.9",
    )


@pytest.mark.parametrize(
    "text, word",
    [
        ("554 5.7.1 <x@far.example>: Relay access denied", "may not relay"),
        ("550 5.7.23 <bob@lab.test>: Recipient address rejected: Message rejected due to: SPF fail - not authorized.", "SPF"),
        ("450 4.1.8 <a@b.example>: Sender address rejected: Domain not found", "sender's domain"),
        ("550 5.1.1 <bob@lab.test>: Recipient address rejected: User unknown in local recipient table", "no such recipient"),
        ("530 5.7.0 Must issue a STARTTLS command first", "wants TLS"),
        ("554 5.7.1 Service unavailable; Client host [203.0.113.10] blocked using bl.example", "no DNS list was asked"),
    ],
)
def test_a_known_refusal_is_told_in_words(text: str, word: str) -> None:
    """Whoever does not know Postfix's texts learns what they mean."""
    assert word in reasoned_outcome(refused_at_rcpt(text)).reasons[0]


@pytest.mark.parametrize(
    "line, words",
    [
        ("smtpd: NOQUEUE: milter-reject: RCPT from a[192.0.2.1]: 550 5.7.1 Go away; from=<a@b> proto=ESMTP", "a milter refused it: Go away"),
        ("cleanup: A1B2C3: reject: header Subject: x from a[192.0.2.1]; from=<a@b>: 5.7.1 Go away", "(header_checks) refused the line 'Subject: x'"),
        ("smtpd: NOQUEUE: reject: RCPT from a[192.0.2.1]: 550 5.7.1 Go away; from=<a@b> proto=ESMTP", "Go away"),
    ],
)  # fmt: skip
def test_who_refused_is_told_by_the_log(line: str, words: str) -> None:
    """A milter or a content check has a line of its own; nothing is guessed from the text."""
    seen = replace(refused_at_rcpt("550 5.7.1 Go away"), log=log_of(line))
    assert words in reasoned_outcome(seen).reasons[0]


def test_a_refusal_that_nobody_knows_speaks_for_itself() -> None:
    """The mail host's own words are the reason then."""
    assert reasoned_outcome(refused_at_rcpt("550 5.7.1 Go away, please")).reasons == ("Go away, please",)


def test_one_refused_recipient_of_two_does_not_reasoned_outcome() -> None:
    """The message was accepted, and the refusal is told beside it."""
    good = session()
    refused = Exchange("RCPT", "RCPT TO:<eve@x.example>", reply("550 5.1.1 No such user"), START)
    both = replace(good, exchanges=(*good.exchanges[:4], refused, *good.exchanges[4:]))
    decision = reasoned_outcome(evidence(sessions=(both,)))
    assert decision.outcome is Fate.ACCEPT
    assert "RCPT TO:<eve@x.example> was refused: 550 5.1.1 No such user" in decision.reasons


def test_a_session_that_ends_before_the_message_was_accepted_so_far() -> None:
    """--quit-after RCPT asks no more."""
    good = session()
    short = replace(good, exchanges=(*good.exchanges[:4], good.exchanges[-1]))
    decision = reasoned_outcome(evidence(sessions=(short,)))
    assert (decision.outcome, decision.stage) == (Fate.ACCEPT, "RCPT")
    assert "the client ended the session there" in decision.reasons[0]


@pytest.mark.parametrize(
    "ended, fate", [("closed", Fate.DISCONNECT), ("timeout", Fate.UNKNOWN), ("error", Fate.UNKNOWN)]
)
def test_a_line_that_breaks_is_no_refusal(ended: str, fate: Fate) -> None:
    """The stage is the one that got no reply."""
    broken = replace(session(RCPT=None), ended=ended, error="why")  # type: ignore[arg-type]
    decision = reasoned_outcome(evidence(sessions=(broken,)))
    assert (decision.outcome, decision.stage, decision.reply) == (fate, "RCPT", None)
    assert "why" in decision.reasons[0]


def test_nobody_at_the_port() -> None:
    """No connection, no stage."""
    refused = replace(session(), exchanges=(), ended="refused", error="Connection refused")
    decision = reasoned_outcome(evidence(sessions=(refused,), log=()))
    assert (decision.outcome, decision.stage) == (Fate.CLOSED, "CONNECT")
    assert "Connection refused" in decision.reasons[0]


def test_a_hanging_up_that_was_announced() -> None:
    """421 and the end of the line belong together."""
    told = replace(session(MAIL="421 4.7.0 mx.lab.test Error: too many errors"), ended="closed")
    decision = reasoned_outcome(evidence(sessions=(told,)))
    assert (decision.outcome, decision.stage) == (Fate.DISCONNECT, "MAIL")


def test_it_is_told_as_json() -> None:
    """Every part of it can be written, with its types found at run time."""
    told = to_json(reasoned_outcome(refused_at_rcpt("554 5.7.1 <x@far.example>: Relay access denied")))
    assert (told["outcome"], told["stage"], told["reply"]["code"]) == ("reject", "RCPT", 554)
    assert told["basis"] == [{"session": 0, "exchange": 3}, {"log": 1}]
