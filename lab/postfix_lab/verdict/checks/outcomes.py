"""Checks of a session as a whole: its outcome and its duration.

There are six outcomes. A 451 about the mail host's own broken infrastructure is none of the first four: it is no
decision about the mail, so it never satisfies a check for acceptance, deferral or refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postfix_lab.errors import InputError
from postfix_lab.postfix.replies.infrastructure import is_infrastructure
from postfix_lab.smtp.transcript_lines import exchange_text
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Check, Observation, record_call, require_known
from postfix_lab.verdict.checks.replies import ReplyWanted, judge_session
from postfix_lab.verdict.evidence_outcome import stopped_by_postscreen
from postfix_lab.verdict.outcome import Fate
from postfix_lab.verdict.reply_outcome import reply_outcomes, session_outcome
from postfix_lab.verdict.submission_outcome import submission_sentence

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.smtp.dialogue import Stage
    from postfix_lab.smtp.sendmail import Submitted
    from postfix_lab.smtp.transcript import Exchange, Transcript
    from postfix_lab.verdict.outcome import Outcome

VERDICTS = tuple(fate.value for fate in Fate if fate is not Fate.UNKNOWN)
"""`disconnect`: the mail host hung up (421, 521, or without a word); `closed`: nobody listens on that port."""


def outcome_sentence(transcript: Transcript) -> str:
    """Return the outcome with the reply that decided: `reject: RCPT refused with 554 5.7.1`."""
    return _sentence(session_outcome(transcript))


def _sentence(outcome: Outcome) -> str:
    return f"{outcome.fate}: {exchange_text(outcome.exchange)}" if outcome.exchange else outcome.fate.value


@record_call
def decided(  # noqa: PLR0913 - one keyword for each thing that an outcome says
    *verdicts: str,
    stage: Stage | None = None,
    code: int | str | None = None,
    enhanced: str | None = None,
    text: str | None = None,
    session: int = 0,
    recipient: str | None = None,
) -> Check:
    """Want one of these verdicts, or any, and the reply that decided to be this one.

    Verdicts are `accept`, `defer`, `reject`, `disconnect`, `infrastructure` and `closed`. If `closed` is among them,
    the arguments about the reply do not apply to a closed port. Of a submission by sendmail(1), `code` is the exit
    status and `text` its output. Raises `InputError` when it is judged, if the
    outcomes of the recipients differ and none is named.
    """
    for word in verdicts:
        require_known(word, VERDICTS, "verdict")
    about_reply = (stage, code, enhanced, text) != (None, None, None, None)
    if not verdicts and not about_reply:
        raise InputError("decided() wants a verdict, or something about the reply that decided")
    wanted = ReplyWanted(code, enhanced, text)
    call = "".join(("decided(", *(f'"{word}", ' for word in verdicts)))

    def aspect(each: Outcome) -> object:
        return (each.stage, each.reply and (each.reply.code, each.reply.enhanced)) if about_reply else None

    def look(transcript: Transcript) -> Observation:
        outcome = reply_outcomes(transcript).of(recipient, call, aspect)
        word, where = outcome.fate.value, outcome.exchange
        reply_text = _reply_text(where) if text is not None else ""
        if verdicts and word not in verdicts:
            ok = False
        elif where is None:
            ok = word in verdicts
        elif where.reply is None:
            ok = stage in (None, where.stage) and (code, enhanced, text) == (None, None, None)
        else:
            ok = stage in (None, where.stage) and wanted.matches(where)
        return Observation(ok=ok, got=f"{_sentence(outcome)}{reply_text}", where=where)

    def look_at_call(outcome: Outcome, submitted: Submitted) -> Observation:
        fits = not verdicts or outcome.fate.value in verdicts
        ok = fits and stage in (None, outcome.stage) and (not about_reply or wanted.matches_call(submitted))
        return Observation(ok=ok, got=printable(submission_sentence(submitted, outcome.fate)), where=submitted)

    def expects_reply(exchange: Exchange) -> bool:
        named = str(code or "").isdigit() and text is not None and stage in (None, exchange.stage)
        return ("infrastructure" in verdicts and is_infrastructure(exchange)) or (named and wanted.matches(exchange))

    reply = " ".join(filter(None, (stage, wanted.words())))
    want = ": ".join(filter(None, (" or ".join(verdicts), reply))) + (f" for {recipient}" if recipient else "")
    judge = judge_session(session, look, look_at_call, recipient)
    return Check("decided", want, judge, expects_reply=expects_reply)


@record_call
def within(seconds: float, *, session: int = 0) -> Check:
    """Want the session to take at most that many seconds, from the connection to its end."""

    def look(transcript: Transcript) -> Observation:
        took = transcript.finished - transcript.started
        slowest = max(transcript.exchanges, key=lambda e: e.reply.seconds if e.reply else 0.0, default=None)
        waited = f", {slowest.reply.seconds:.2f} s of it for {slowest.stage}" if slowest and slowest.reply else ""
        return Observation(ok=took <= seconds, got=f"the session took {took:.2f} s{waited}", where=slowest)

    return Check("within", f"the session takes at most {seconds:g} s", judge_session(session, look))


def same_outcome(other: int, called: str, *, session: int = 0) -> Check:
    """Want the verdict and the reply of another session; `called` is its name."""

    def look(evidence: Evidence) -> Observation:
        if max(session, other) >= len(evidence.sessions):
            return Observation(ok=False, got=f"there were {len(evidence.sessions)} sessions")
        own, its = (session_outcome(evidence.sessions[number]) for number in (session, other))
        got = f"{outcome_sentence(evidence.sessions[session])}{_reply_text(own.exchange)}"
        both = f"{got}; {called} has {outcome_sentence(evidence.sessions[other])}"
        return Observation(ok=str(own) == str(its), got=both, where=own.exchange)

    return Check("fares_like", f"the verdict that {called} has", look)


def _reply_text(exchange: Exchange | None) -> str:
    return f' "{printable(exchange.reply.text)}"' if exchange and exchange.reply else ""


def unless_closed(check: Check, *, session: int = 0) -> Check:
    """Return the check, which passes if the port was closed or postscreen did not pass the client to smtpd."""

    def look(evidence: Evidence) -> Observation:
        transcript = evidence.sessions[session] if session < len(evidence.sessions) else None
        if transcript is not None and transcript.ended == "refused":
            return Observation(ok=True, got="the port is closed")
        if transcript is not None and stopped_by_postscreen(evidence, session):
            return Observation(ok=True, got="postscreen did not let it through to smtpd")
        return check.look(evidence)

    return Check(check.name, check.want, look, check.expects, check.expects_reply)
