"""Which decision determines an outcome, from sessions that were made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.files.place import Place
from postfix_lab.postfix.log.events import Reject
from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Restriction, Result, Step
from postfix_lab.postfix.restrictions.postscreen import POSTSCREEN
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.smtp.transcript import Exchange, Reply, Transcript
from postfix_lab.verdict import explanation
from postfix_lab.verdict.explanation import Decision, ExplainedSession, Why, decision_about
from postfix_lab.verdict.outcome import Fate, Outcome
from postfix_lab.verdict.outside import OutsideLists
from tests.unit.evidence_builder import CLIENT, START, reply, session
from tests.unit.traced import NO_PTR, traced

LIST = "smtpd_recipient_restrictions"
NO = "450 4.7.1 no"


def said(stage: Stage, words: str, text: str = "250 2.0.0 Ok") -> Exchange:
    return Exchange(stage, words, reply(text), START)


def mail(*recipients: str, text: str = "250 2.0.0 Ok") -> list[Exchange]:
    """MAIL, and these recipients with that reply."""
    return [said("MAIL", "MAIL FROM:<a@b.example>"), *(said("RCPT", f"RCPT TO:<{name}@lab.test>", text) for name in recipients)]


def explained(*exchanges: Exchange) -> tuple[ExplainedSession, Transcript]:
    """Each exchange as a command of smtpd's log, with a decision of its own."""
    commands = tuple(EvaluatedCommand(e.said.split()[0], e.said, e.at, reply=_last_line(e)) for e in exchanges)
    why: list[Why] = ["restriction" if command.code >= 400 else "nothing refused" for command in commands]
    decisions = tuple(Decision(command, reason) for command, reason in zip(commands, why, strict=True))
    return ExplainedSession(CLIENT, 1, 25, "smtp/inet", commands, decisions), replace(session(), exchanges=exchanges)


def _last_line(exchange: Exchange) -> str:
    assert exchange.reply is not None
    return " ".join(filter(None, (str(exchange.reply.code), exchange.reply.enhanced, exchange.reply.lines[-1])))


def number_of(exchanges: list[Exchange], outcome: Outcome) -> int | None:
    """The number of the command that decided; None if none did."""
    known, transcript = explained(*exchanges)
    found = decision_about(known, transcript, outcome)
    return None if found is None else next(n for n, one in enumerate(known.decisions) if one is found)


def test_an_acceptance() -> None:
    """The last command that passed decided, whatever was refused on the way."""
    talk = [*mail("bob"), *mail("eve", text=NO)[1:], said("DATA", "DATA", "354 go"), said("MESSAGE", "x")]
    assert number_of(talk, Outcome(Fate.ACCEPT, talk[-1])) == 4
    assert number_of(mail("bob", text=NO)[1:], Outcome(Fate.ACCEPT)) is None


def test_no_reply() -> None:
    """The first refusal decided, else the last command."""
    talk = [*mail("bob"), *mail("eve", "max", text=NO)[1:]]
    assert number_of(talk, Outcome(Fate.UNKNOWN)) == 2
    assert number_of(talk, Outcome(Fate.DISCONNECT, talk[0])) == 2
    assert number_of(mail("bob"), Outcome(Fate.UNKNOWN)) == 1
    assert number_of([], Outcome(Fate.UNKNOWN)) is None


def test_a_refusal() -> None:
    """The command with that reply decided; where none has it, the first refusal."""
    talk = [said("HELO", "EHLO x", "504 5.5.2 x"), *mail("bob", text="550 5.1.1 first"), *mail("bob", text="550 5.1.1 second")[1:]]
    assert [number_of(talk, Outcome(Fate.REJECT, talk[n])) for n in (2, 3)] == [2, 3]
    assert number_of(talk, Outcome(Fate.REJECT, said("DATA", "DATA", "554 other"))) == 0


def test_a_refusal_for_one_of_two_recipients() -> None:
    """What is about another recipient decided nothing here."""
    talk = mail("bob", "eve", text=NO)
    assert [number_of(talk, Outcome(Fate.DEFER, talk[n])) for n in (1, 2)] == [1, 2]
    assert number_of(talk, Outcome(Fate.DEFER, recipient="EVE@lab.test")) == 2


def test_a_refusal_that_was_repeated() -> None:
    """The same words for the same recipient: the second time it is the second command."""
    talk = mail("bob", "bob", "bob", text=NO)
    assert [number_of(talk, Outcome(Fate.DEFER, talk[n])) for n in (1, 2, 3)] == [1, 2, 3]


def test_a_refusal_that_was_repeated_after_another() -> None:
    """A refusal in other words before it is no repetition."""
    talk = [*mail("bob", text="550 5.1.1 first"), *mail("bob", "bob", text=NO)[1:]]
    assert [number_of(talk, Outcome(Fate.DEFER, talk[n])) for n in (1, 2, 3)] == [1, 2, 3]


def test_the_lowest_code_of_a_refusal() -> None:
    """400 is one, 399 is none."""
    assert number_of(mail("bob", text="400 4.0.0 no"), Outcome(Fate.UNKNOWN)) == 1
    assert number_of([*mail("bob", text="400 4.0.0 no"), said("DATA", "DATA", "354 go")], Outcome(Fate.ACCEPT)) == 2
    assert number_of(mail("bob", text="400 4.0.0 no")[1:], Outcome(Fate.ACCEPT)) is None


def test_an_outcome_before_the_only_mail() -> None:
    """What came later in the session is about it as well."""
    talk = [said("HELO", "EHLO x"), *mail("bob", text=NO)]
    assert number_of(talk, Outcome(Fate.UNKNOWN, talk[0])) == 2


def test_the_last_line_of_a_reply() -> None:
    """As smtpd logs it; a reply may have no text, and a command no reply."""
    exchange = said("RCPT", "RCPT TO:<b@c>", NO)
    assert explanation._last_line(exchange) == NO
    assert explanation._last_line(replace(exchange, reply=Reply(450, ()))) == "450"
    assert explanation._last_line(replace(exchange, reply=None)) == ""


def test_one_session_of_several() -> None:
    """Explained by itself, it is the same as among all."""
    seen = traced(NO_PTR)
    assert explanation.explain_session(seen, 0) == explanation.explain(seen).sessions[0]


def test_a_refusal_in_the_second_mail() -> None:
    """Each mail has its own; what came before the first one is about both."""
    talk = [said("HELO", "EHLO x"), *mail("bob", "bob", text=NO), *mail("bob", text=NO)]
    assert [number_of(talk, Outcome(Fate.DEFER, talk[n])) for n in (2, 3, 5)] == [2, 3, 5]
    odd = said("DATA", "DATA", "554 5.5.1 odd")
    assert number_of([*talk, odd], Outcome(Fate.REJECT, odd)) == 6
    greeting = [said("HELO", "EHLO x", "504 5.5.2 x"), *mail("bob", text=NO), *mail("bob")]
    assert number_of(greeting, Outcome(Fate.ACCEPT, greeting[-1])) == 4
    assert number_of(greeting, Outcome(Fate.UNKNOWN, greeting[-1])) == 0


def step(result: Result, name: str = "reject", list_name: str = LIST, **more: object) -> Step:
    return replace(Step(Restriction(name, "", Place("main.cf", 5), list_name, 0), result), **more)  # type: ignore[arg-type]  # a test's own


def command(text: str, *lists: Evaluation, rejects: tuple[Reject, ...] = ()) -> EvaluatedCommand:
    return EvaluatedCommand("RCPT", "RCPT TO:<b@c>", 0.0, lists, rejects, text)


def ran(*steps: Step, name: str = LIST, is_run: bool = True) -> Evaluation:
    return Evaluation(name, "list", steps, is_run)


REFUSED = Reject("reject", "RCPT", "<b@c>: Sender address rejected: Domain not found", code=450)


@pytest.mark.parametrize(
    "one, why, decisive",
    [
        (command("250 Ok", ran(step("dunno"))), "nothing refused", False),
        (command("250 Ok", ran(step("permit"))), "permitted", True),
        (command("250 Ok", ran(step("dunno"), name=POSTSCREEN)), "left", False),
        (command("250 Ok", ran(step("permit"), name=POSTSCREEN)), "permitted", True),
        (command("250 Ok", ran(step("reject"))), "restriction", True),
        (command("400 no", ran(step("dunno"))), "outside", False),
        (command("399 Ok", ran(step("dunno"))), "nothing refused", False),
        (command("400 no", ran(step("reject"))), "restriction", True),
        (command("450 no", ran(step("defer"))), "restriction", True),
        (command("450 no", ran(step("permit"))), "outside", False),
        (command("450 no", ran(step("dunno"))), "outside", False),
        (command("450 no", ran(step("unknown"))), "unknown", False),
        (command("450 no", ran(step("dunno"), is_run=False), rejects=(REFUSED,)), "outside", False),
        (command("450 no", ran(step("dunno")), rejects=(replace(REFUSED, action="reject_warning"),)), "outside", False),
        (command("450 no", ran(step("dunno", "reject_unknown_sender_domain")), rejects=(REFUSED,)), "deferred", True),
        (command("450 no", ran(step("dunno", "permit_mynetworks")), rejects=(REFUSED,)), "unknown", False),
    ],
)
def test_what_decided_about_a_command(one: EvaluatedCommand, why: Why, *, decisive: bool) -> None:
    """A restriction, one that had put off its refusal, or none."""
    decision = decide(one)
    assert decision is not None
    assert (decision.why, decision.step is not None, decision.command) == (why, decisive, one)


def decide(*commands: EvaluatedCommand) -> Decision | None:
    """What decided about the last one, where the log says nothing but these."""
    return explanation._decision(OutsideLists(Configured("", ""), "", ()), commands, len(commands) - 1)


def before(verb: str, *steps: Step) -> EvaluatedCommand:
    """An earlier command that was accepted, with its own list."""
    return EvaluatedCommand(verb, verb, 0.0, (ran(*steps),), (), "250 Ok")


DOUBT = step("dunno", "reject_unknown_sender_domain", "smtpd_sender_restrictions")


@pytest.mark.parametrize(
    "earlier, decisive",
    [
        ((before("MAIL", DOUBT),), True),
        ((before("CONNECT", DOUBT), before("MAIL", step("dunno", "permit_mynetworks"))), True),
        ((before("MAIL", DOUBT), before("RCPT", DOUBT)), True),
        ((before("MAIL", DOUBT), before("MAIL", step("dunno", "permit_mynetworks"))), False),
        ((before("RCPT", DOUBT),), False),
        ((before("MAIL", step("dunno", "permit_mynetworks")),), False),
        ((), False),
    ],
)
def test_refusal_that_an_earlier_command_put_off(earlier: tuple[EvaluatedCommand, ...], *, decisive: bool) -> None:
    """Without smtpd_delay_reject smtpd keeps what the last CONNECT, HELO and MAIL put off, and says it at RCPT."""
    refused = command("450 no", ran(step("dunno", "permit_mynetworks")), rejects=(REFUSED,))
    decision = decide(*earlier, refused)
    assert decision is not None
    assert (decision.why, decision.step) == (("deferred", DOUBT) if decisive else ("unknown", None))


def test_refusal_of_another_command_than_rcpt() -> None:
    """Only RCPT takes over what earlier commands put off."""
    refused = replace(command("450 no", ran(step("dunno", "permit_mynetworks")), rejects=(REFUSED,)), verb="DATA")
    decision = decide(before("MAIL", DOUBT), refused)
    assert decision is not None
    assert decision.why == "unknown"


@pytest.mark.parametrize("one", [command("250 Ok"), command("250 Ok", ran(step("dunno"), is_run=False))])
def test_a_command_for_which_no_list_ran(one: EvaluatedCommand) -> None:
    """Nothing decided about it."""
    assert decide(one) is None


@pytest.mark.parametrize(
    "answers, text, can",
    [
        (("REJECT go away",), "<b@c>: Recipient address rejected: go away", True),
        (("REJECT go away",), "<b@c>: Recipient address rejected: stay", False),
        (("REJECT",), "<b@c>: Recipient address rejected: Access denied", True),
        (("DEFER",), "<b@c>: Recipient address rejected: Service unavailable", True),
        ((), "<b@c>: Recipient address rejected: Access denied", True),
    ],
)
def test_what_a_table_can_say(answers: tuple[str, ...], text: str, *, can: bool) -> None:
    """Its own words, or Postfix's where it has none."""
    assert explanation._can_say(step("dunno", "check_recipient_access", answers=answers), text) is can


DENIED = Reject("reject", "RCPT", "<b@c>: Relay access denied", code=450)
DOUBTS = step("dunno", "reject_unauth_destination")


@pytest.mark.parametrize(
    "lists, name",
    [
        ((ran(DOUBTS, step("defer", "reject_unknown_sender_domain", rejects=(DENIED,))),), "reject_unauth_destination"),
        ((ran(DOUBTS, name="other"), ran(step("defer", "reject_unknown_sender_domain", rejects=(DENIED,)))), None),
        ((ran(step("dunno", "permit_mynetworks"), step("defer", "reject_unknown_sender_domain", rejects=(DENIED,))),), None),
        ((ran(DOUBTS, step("defer", "reject_unknown_sender_domain", rejects=(replace(DENIED, action="reject_warning"),))),), None),
        ((ran(DOUBTS, step("defer", "reject_unknown_sender_domain", rejects=(REFUSED,))),), None),
        ((ran(DOUBTS, step("defer", "reject_unknown_sender_domain")),), None),
    ],
)
def test_whose_words_a_refusal_has(lists: tuple[Evaluation, ...], name: str | None) -> None:
    """Those of a restriction of the same list that had doubts before, where they are not its own."""
    decision = decide(command("450 4.7.1 <b@c>: Relay access denied", *lists))
    assert decision is not None
    assert (decision.step and decision.step.restriction.name) == "reject_unknown_sender_domain"
    assert (decision.worded.restriction.name if decision.worded else None) == name
