"""An explanation as text on one screen; `explanation_data.py` has it as data.

The order: the outcome of the mail, the restriction that decided and its place, then every command for which a list
was evaluated, restriction by restriction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from postfix_lab.dns.query import query_line
from postfix_lab.report.route_text import route_lines
from postfix_lab.text import printable, shorten

if TYPE_CHECKING:
    from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Result, Step
    from postfix_lab.verdict.explanation import Decision, ExplainedSession, Explanation

WIDTH = 132
_TEXT = 56
_COLOURS: dict[Result, str] = {"permit": "32", "reject": "31", "defer": "33", "not reached": "2", "unknown": "35"}
_HELD = {
    "smtpd_client_restrictions": "CONNECT",
    "smtpd_helo_restrictions": "HELO",
    "smtpd_sender_restrictions": "MAIL",
    "smtpd_reject_unlisted_sender": "MAIL",
}
"""Lists that wait for RCPT with `smtpd_delay_reject = yes`, and the stage that they are about."""
_KINDS = {"class": "restriction class", "table": "what it said", "maps": "at the end of its stage",
          "probe": "asked by Postfix itself, as compatibility_level is 0; decides nothing", "list": ""}  # fmt: skip
_WHY = {
    "restriction": "",
    "deferred": "put off by it (defer_if_permit), said when the lists had ended",
    "permitted": "the rest of its list was not asked",
    "nothing refused": "no restriction: every list ran to its end, and nothing refused",
    "left": "nobody: the client went away before postscreen refused it anything",
    "acted": "it acted on the mail, which its client was told is accepted",
    "outside": "no restriction: smtpd refused without asking one",
    "protocol": "no restriction: the command is malformed, unknown or out of order (RFC 5321)",
    "unknown": "unknown: the log does not say which",
}
_PROGRAMS = {
    "smtpd": "smtpd itself, outside of its restriction lists",
    "cleanup": "cleanup(8), after the restriction lists",
    "milter": "a milter, outside of the restriction lists",
}
"""Who refused, by the list of a step that is in none of smtpd's lists."""


def explanation_text(explanation: Explanation, *, colour: bool = False) -> str:
    """The explanation as text: for each session the decision, then every list that was evaluated.

    `colour`: with ANSI colours, for a terminal.
    """
    notes = "".join(f"{shorten(printable(f'note        {note}'), WIDTH)}\n" for note in explanation.configured.notes)
    return notes + "\n\n".join("\n".join(_session(session, colour=colour)) for session in explanation.sessions)


def decider_line(decision: Decision | None) -> str:
    """Return what decided, in one line: `reject_unauth_destination  main.cf:39`."""
    if decision is None:
        return "nobody: smtpd evaluated nothing"
    why = _WHY[decision.why]
    if decision.step is None:
        among = ", ".join(dict.fromkeys(step.restriction.text for step in decision.suspects))
        return printable(f"{why}; one of {among}" if among else why)
    text = f"{shorten(decision.step.restriction.text, _TEXT)}  {shorten(str(decision.step.restriction.place), _TEXT)}"
    if decision.why == "outside":
        why = _PROGRAMS.get(decision.step.restriction.list, "no restriction was asked")
    if decision.worded is not None:
        why = f"in the words of {shorten(decision.worded.restriction.text, _TEXT)}, which had doubts (defer_if_reject)"
    return printable(f"{text}  ({why})" if why else text)


def _session(session: ExplainedSession, *, colour: bool) -> Iterator[str]:
    decision = session.decision
    where = f"{session.client} port {session.port} -> port {session.server_port}"
    yield printable(f"session     {where}, {session.service or 'no service of master.cf'}")
    if decision is not None:
        yield shorten(printable(f"reply       {decision.command.verb}: {decision.command.reply}"), WIDTH)
    yield shorten(f"decided by  {decider_line(decision)}", WIDTH)
    yield from _recipients(session)
    yield from _outside(decision)
    yield from (shorten(line, WIDTH) for line in route_lines(session.routes))
    for command in session.commands:
        yield from _command(command, session.decisions, colour=colour)


def _outside(decision: Decision | None) -> Iterator[str]:
    """Yield what is known of a decision that no list shows."""
    listed = decision is None or decision.step is None or any(decision.step is s for s in decision.command.walk())
    if decision is not None and decision.step is not None and not listed:
        yield from (shorten(printable(f"{'':<12}{label:<5} {text}"), WIDTH) for label, text in _details(decision.step))


def _recipients(session: ExplainedSession) -> Iterator[str]:
    """Yield what decided about each recipient, if that was not the same for all."""
    deciders = [(recipient.recipient, decider_line(recipient.decision)) for recipient in session.recipients]
    if len({by for _, by in deciders}) > 1:
        yield from (shorten(printable(f"recipient   {name}: {by}"), WIDTH) for name, by in deciders)


def _command(command: EvaluatedCommand, decisions: Iterable[Decision], *, colour: bool) -> Iterator[str]:
    if not command.lists:
        return
    yield ""
    text = f"{shorten(command.said or command.verb, _TEXT):<{_TEXT + 16}}"
    yield shorten(printable(f"{text} <- {command.reply or '(no reply)'}"), WIDTH)
    mine = next((d.step for d in decisions if d.command is command), None)
    for evaluation in command.lists:
        yield from _evaluation(evaluation, command.verb, mine, "  ", colour=colour)


def _evaluation(
    evaluation: Evaluation, verb: str, deciding: Step | None, indent: str, *, colour: bool
) -> Iterator[str]:
    held = _HELD.get(evaluation.name)
    notes = [_KINDS[evaluation.kind]]
    if held and verb in ("RCPT", "VRFY", "ETRN"):
        notes.append(f"about {held}, held until {verb} by smtpd_delay_reject")
    note = ", ".join(filter(None, notes))
    yield printable(f"{indent}{evaluation.name}{f'  ({note})' if note else ''}")
    for step in evaluation.steps:
        yield from _step(step, verb, deciding, f"{indent}  ", colour=colour)


def _step(step: Step, verb: str, deciding: Step | None, indent: str, *, colour: bool) -> Iterator[str]:
    result = f"{step.result:<11}"
    if colour and (code := _COLOURS.get(step.result)):
        result = f"\x1b[{code}m{result}\x1b[0m"
    mark = "   <** decided" if step is deciding else ""
    text = f"{shorten(printable(step.restriction.text), _TEXT):<{_TEXT}}"
    yield f"{indent}{result} {text}  {shorten(printable(str(step.restriction.place)), _TEXT)}{mark}"
    for label, detail in _details(step):
        yield shorten(printable(f"{indent}{'':<13}{label:<5} {detail}"), WIDTH)
    for inner in step.inner:
        yield from _evaluation(inner, verb, deciding, f"{indent}{'':<13}", colour=colour)


def _details(step: Step) -> Iterator[tuple[str, str]]:
    yield from (("dns", query_line(query)) for query in step.queries)
    yield from (("said", answer) for answer in step.answers)
    yield from (("entry", str(place)) for place in step.entries)
    for event in step.rejects:
        codes = " ".join(filter(None, (str(event.code or ""), event.enhanced or "")))
        yield ("reply" if event.action == "reject" else "would"), f"{codes} {event.text}".strip()
    yield from (("log", warning) for warning in step.warnings)
