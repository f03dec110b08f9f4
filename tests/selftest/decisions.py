"""Holds an explanation against what else is known of the same session: the reply that the client got, and the log.

The explanation is read from smtpd's verbose lines. The reply comes from the client's side of the connection, the
`reject:` line from the ordinary log, and which restriction can have said it from the sources (`replies.py`); none of
the three is used by the explanation of a plain refusal, so they can contradict it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab import Evidence, Explanation, Reply, Transcript
from lab.explanation import Decision, ExplainedSession
from lab.mailhost.configured import LISTS, Configured
from lab.mailhost.log.events import Reject
from lab.mailhost.trace.record import of_session
from lab.mailhost.trace.replies import can_say, wording
from lab.mailhost.trace.restrictions import in_effect

BY_RESTRICTION = ("restriction", "deferred")


def contradictions(evidence: Evidence, explanation: Explanation) -> list[str]:
    """All in which the explanation differs from the replies and the log, session by session; nothing if it fits."""
    return [
        f"{transcript.client}:{transcript.port}: {what}"
        for transcript, session in zip(evidence.sessions, explanation.sessions, strict=True)
        if transcript.server in evidence.mail_host.addresses and not _by_postscreen(evidence, transcript)
        for what in _session(evidence, transcript, session, explanation.configured)
    ]


def _by_postscreen(evidence: Evidence, transcript: Transcript) -> bool:
    """Whether postscreen(8) sent it away: no smtpd met that session, so there is nothing to explain."""
    of_client = f"[{transcript.client}]:{transcript.port}"
    met = {line.service for line in evidence.log if of_client in line.text}
    return "postscreen" in met and "smtpd" not in met


def _session(
    evidence: Evidence, transcript: Transcript, session: ExplainedSession, configured: Configured
) -> Iterator[str]:
    log = [line.event for line in of_session(evidence.log, transcript.client, transcript.port)]
    # Without a code it is no restriction's line, but smtpd's own: `bare <LF> received`.
    logged = [event for event in log if isinstance(event, Reject) and event.action == "reject" and event.code]
    replies = [e.reply for e in transcript.exchanges if e.reply is not None and not e.reply.positive]
    refusals = [d for d in session.decisions if d.command.code >= 400]
    if [_spelled(reply) for reply in replies] != [d.command.reply for d in refusals]:
        yield f"the client got {[_spelled(r) for r in replies]}, explained are {[d.command.reply for d in refusals]}"
    steps = [step for command in session.commands for step in command.walk()]
    if unsure := [step.restriction.text for step in steps if step.result == "unknown"]:
        yield f"unknown what became of {unsure}"
    for refusal in refusals:
        line = next((event for event in logged if _said(event) == refusal.command.reply), None)
        yield from _refusal(refusal, line, session.service, configured)
    told = {refusal.command.reply for refusal in refusals}
    yield from (f"logged and not explained: {_said(event)}" for event in logged if _said(event) not in told)
    for decision in session.decisions:
        refusing = [step.restriction.text for step in decision.command.walk() if step.result in ("reject", "defer")]
        if decision.command.code < 400 and refusing:
            yield f"{decision.command.said} was accepted with {decision.command.reply}, but {refusing} refused it"


def _refusal(refusal: Decision, line: Reject | None, service: str, configured: Configured) -> Iterator[str]:
    reply, step = refusal.command.reply, refusal.step
    if (line is not None) != (refusal.why in BY_RESTRICTION):
        yield f"{reply} is explained as `{refusal.why}`, the log has {'its' if line else 'no'} reject line"
    if line is None:
        return
    if line.stage != _stage(refusal.command.verb):
        yield f"{reply} was logged at {line.stage}, explained at {refusal.command.verb}"
    if step is None:
        yield f"{reply} has a reject line, but no restriction is named"
        return
    source = wording(line.text)
    if refusal.worded is not None:
        step = refusal.worded  # which had doubts; the log does not tell the text that the refusing one would have had
    if not can_say(step.restriction.name, line.text):
        yield f"{reply} cannot come from {step.restriction.text} (smtpd_check.c: {source.source})"
    lists = [in_effect(configured, name, service) for name in (*LISTS, *configured.classes)]
    able = [restriction for known in lists for restriction in known if can_say(restriction.name, line.text)]
    in_no_list = ":" in step.restriction.place.file or step.restriction.list not in (*LISTS, *configured.classes)
    if len(able) == 1 and able[0] != step.restriction and not in_no_list:
        yield f"{reply} can only come from {able[0].text} ({able[0].place}), explained is {step.restriction.text}"


def _spelled(reply: Reply) -> str:
    """The last line of the reply, as smtpd logs it."""
    return " ".join(filter(None, (str(reply.code), reply.enhanced, reply.lines[-1] if reply.lines else "")))


def _said(event: Reject) -> str:
    return " ".join(filter(None, (str(event.code or ""), event.enhanced or "", event.text)))


def _stage(verb: str) -> str:
    return {"MESSAGE": "END-OF-MESSAGE"}.get(verb, verb)
