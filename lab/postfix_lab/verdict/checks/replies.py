"""Checks of the replies to the client by stage, and of the end of the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.smuggling import expand_octet_names
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.smtp.transcript import Ending, Exchange, Transcript
from postfix_lab.smtp.transcript_lines import exchange_text
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Check, Observation, code_matches, record_call, require_known, text_matches
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.outcome import Fate
from postfix_lab.verdict.reply_outcome import session_outcome
from postfix_lab.verdict.submission_outcome import submission_sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.smtp.sendmail import Submitted
    from postfix_lab.verdict.outcome import Outcome

_ANY_CODE = "xxx"
_SAID = 80
_EXIT_STATUSES = range(64, 79)
"""Those of sysexits.h, with which sendmail(1) refuses a message."""


@record_call
def replied(  # noqa: PLR0913 - one keyword for each thing that a reply says
    stage: Stage,
    code: int | str,
    enhanced: str | None = None,
    text: str | None = None,
    *,
    said: str | None = None,
    session: int = 0,
) -> Check:
    """Want the last reply to that stage to be this one.

    `code` may be `4xx`; `text` matches literally or as a regular expression; `said` selects the command by a text
    in it, such as a recipient. Sessions are counted from 0.
    """
    require_known(stage, get_args(Stage), "stage")
    wanted = ReplyWanted(code, enhanced, text)

    def look(transcript: Transcript) -> Observation:
        exchanges = [exchange for exchange in transcript.exchanges if exchange.stage == stage]
        exchanges = [exchange for exchange in exchanges if said is None or text_matches(said, exchange.said)]
        return wanted.compare(exchanges[-1]) if exchanges else _not_reached(transcript, stage)

    want = wanted.sentence(stage, said)
    return Check("replied", want, judge_session(session, look), expects_reply=wanted.names(stage))


@record_call
def refused(
    stage: Stage, code: int | str, enhanced: str | None = None, text: str | None = None, *, session: int = 0
) -> Check:
    """Want the dialogue to be refused first at that stage, with this reply, and no message to be taken.

    Of a submission by sendmail(1) the stage is MESSAGE and `code` the exit status: `refused("MESSAGE", 69)`.
    """
    require_known(stage, get_args(Stage), "stage")
    wanted = ReplyWanted(code, enhanced, text)

    def look(transcript: Transcript) -> Observation:
        taken = next((e for e in transcript.exchanges if e.stage == "MESSAGE" and e.reply and e.reply.positive), None)
        first = transcript.first_refusal or session_outcome(transcript).exchange
        if first is None:
            return _not_reached(transcript, stage)
        if first.stage != stage or first.reply is None or first.reply.positive:
            last = [e for e in transcript.exchanges if e.stage == stage and e.reply is not None]
            where = last[-1] if last and first.reply is not None and first.reply.positive else first
            return Observation(ok=False, got=exchange_text(where), where=where)
        seen = wanted.compare(first)
        return Observation(ok=False, got=f"{seen.got}, and yet {exchange_text(taken)}", where=taken) if taken else seen

    def look_at_call(outcome: Outcome, call: Submitted) -> Observation:
        ok = outcome.fate is not Fate.ACCEPT and stage == outcome.stage and wanted.matches_call(call)
        return Observation(ok=ok, got=printable(submission_sentence(call, outcome.fate)), where=call)

    want = wanted.sentence(stage, None, refused=True)
    return Check("refused", want, judge_session(session, look, look_at_call), expects_reply=wanted.names(stage))


@record_call
def accepted(stage: Stage = "MESSAGE", *, session: int = 0) -> Check:
    """Want that stage to be reached and every reply to it to be positive; of a submission, sendmail(1) to take it."""
    require_known(stage, get_args(Stage), "stage")

    def look(transcript: Transcript) -> Observation:
        exchanges = [exchange for exchange in transcript.exchanges if exchange.stage == stage]
        bad = next((e for e in exchanges if e.reply is None or not e.reply.positive), None)
        if not exchanges:
            return _not_reached(transcript, stage)
        return Observation(ok=bad is None, got=_full_exchange(bad or exchanges[-1]), where=bad or exchanges[-1])

    def look_at_call(outcome: Outcome, call: Submitted) -> Observation:
        ok = outcome.fate is Fate.ACCEPT and stage == outcome.stage
        return Observation(ok=ok, got=printable(submission_sentence(call, outcome.fate)), where=call)

    return Check("accepted", f"{stage} accepted", judge_session(session, look, look_at_call))


@record_call
def sent(octets: str, *, stage: Stage | None = None, session: int = 0) -> Check:
    """Want the client to have sent these octets in one write, at that stage if one is named.

    `<CR>`, `<LF>` and `<NUL>` stand for these control characters. The final CRLF of a command does not count.
    """
    require_known(stage or "OTHER", get_args(Stage), "stage")
    wanted = expand_octet_names(octets)

    def look(transcript: Transcript) -> Observation:
        exchanges = [exchange for exchange in transcript.exchanges if stage in (None, exchange.stage)]
        found = next((exchange for exchange in exchanges if wanted in exchange.said), None)
        where = found or max(exchanges, key=_invisible_octets, default=None)
        got = f"it said {_end_of(printable(where.said))}" if where else "it said nothing"
        return Observation(ok=found is not None, got=got, where=where)

    at = f" at {stage}" if stage else ""
    return Check("sent", f"the client said {printable(octets)}{at}", judge_session(session, look))


@record_call
def ended(how: Ending, *, session: int = 0) -> Check:
    """Want the connection to end like that: `quit`, `dropped`, `closed`, `timeout`, `refused` or `error`."""
    require_known(how, get_args(Ending), "ending")

    def look(transcript: Transcript) -> Observation:
        last = transcript.exchanges[-1] if transcript.exchanges else None
        return Observation(ok=transcript.ended == how, got=_end(transcript), where=last)

    return Check("ended", f"the session ended with {how}", judge_session(session, look))


def _end_of(text: str) -> str:
    return text if len(text) <= _SAID else f"...{text[-_SAID:]}"


def _invisible_octets(exchange: Exchange) -> tuple[int, int]:
    """Return the number of non-printable octets of the command without its line ends, and the total number."""
    plain = exchange.said.replace("\r\n", "")
    return len(printable(plain)) - len(plain), len(exchange.said)


class ReplyWanted:
    """The reply that a check expects."""

    def __init__(self, code: int | str | None, enhanced: str | None, text: str | None) -> None:
        digits = _ANY_CODE if code is None else str(code).lower()
        known_digits = len(digits) == len(_ANY_CODE) and all(d in "0123456789x" for d in digits)
        is_status = digits.isdigit() and int(digits) in _EXIT_STATUSES
        if code is not None and not (known_digits and digits[0] in "2345") and not is_status:
            raise InputError(f"{code!r} is no SMTP reply code; write 450, or 4xx for any of them")
        self.code, self.enhanced, self.text = digits, enhanced, text

    def matches(self, exchange: Exchange) -> bool:
        """Whether the exchange has the expected reply."""
        reply = exchange.reply
        return (
            reply is not None
            and code_matches(self.code, reply.code)
            and self.enhanced in (None, reply.enhanced)
            and (self.text is None or text_matches(self.text, reply.text))
        )

    def matches_call(self, call: Submitted) -> bool:
        """Whether sendmail(1) ended with the expected exit status and text."""
        status = self.code == _ANY_CODE or code_matches(self.code, call.status)
        return status and self.enhanced is None and (self.text is None or text_matches(self.text, call.output))

    def compare(self, exchange: Exchange) -> Observation:
        """Compare the exchange's reply with the expected one."""
        ok = self.matches(exchange)
        got = _full_exchange(exchange) if self.text is not None else exchange_text(exchange)
        return Observation(ok=ok, got=got, where=exchange)

    def sentence(self, stage: str, command: str | None, *, refused: bool = False) -> str:
        """Return the expectation in words: `RCPT refused with 450 4.7.1`."""
        verb = "refused" if refused or self.code[0] in "45" else "accepted"
        code = " ".join(filter(None, (self.code, self.enhanced)))
        text = f' "{self.text}"' if self.text is not None else ""
        return f"{stage}{f' ({command})' if command else ''} {verb} with {code}{text}"

    def words(self) -> str:
        """Return code, enhanced code and text, as far as they are expected: `4xx 4.7.1 "cannot find"`."""
        code = self.code if self.code != _ANY_CODE else None
        return " ".join(filter(None, (code, self.enhanced, None if self.text is None else f'"{printable(self.text)}"')))

    def names(self, stage: str) -> _NamesReply:
        """Return a predicate for replies that the expectation names exactly."""
        return _NamesReply(stage, self)


class _NamesReply:
    """Whether an expectation names this very reply: its code in full, and its text."""

    def __init__(self, stage: str, wanted: ReplyWanted) -> None:
        self.stage, self.wanted = stage, wanted

    def __call__(self, exchange: Exchange) -> bool:
        exact = self.wanted.code.isdigit() and self.wanted.text is not None
        return exact and exchange.stage == self.stage and self.wanted.matches(exchange)


def judge_session(
    session: int,
    judge: Callable[[Transcript], Observation],
    judge_call: Callable[[Outcome, Submitted], Observation] | None = None,
    recipient: str | None = None,
) -> Callable[[Evidence], Observation]:
    """Return a look at the transcript of that session; without a transcript the result is unknown.

    Behind the sessions the calls of sendmail(1) are counted on: `judge_call` looks at the outcome of one, for
    `recipient` if one is named. Without it, the check is about sessions alone.
    """

    def look(evidence: Evidence) -> Observation:
        if 0 <= session < len(evidence.sessions):
            return judge(evidence.sessions[session])
        number = session - len(evidence.sessions)
        if 0 <= number < len(evidence.submitted):
            if judge_call is None:
                raise InputError("sendmail(1) submitted the mail, so there is no SMTP session to be checked")
            found = outcome(evidence, session).of(recipient, "decided(", lambda _: None)
            return judge_call(found, evidence.submitted[number])
        return Observation(ok=None, got=f"no transcript of session {session}; there are {len(evidence.sessions)}")

    return look


def _not_reached(transcript: Transcript, stage: str) -> Observation:
    where = session_outcome(transcript).exchange
    before = f"; {exchange_text(where)}" if where else ""
    return Observation(ok=False, got=f"{stage} was not reached{before}; {_end(transcript)}", where=where)


def _end(transcript: Transcript) -> str:
    why = f" ({printable(transcript.error)})" if transcript.error else ""
    return f"the session ended with {transcript.ended}{why}"


def _full_exchange(exchange: Exchange) -> str:
    text = f' "{printable(exchange.reply.text)}"' if exchange.reply else ""
    return f"{exchange_text(exchange)}{text}"
