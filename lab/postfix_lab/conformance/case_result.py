"""The result of a case, read from the reply or from the delivered message, never from what was expected.

With `PermError_reject` and `TempError_Defer` policyd-spf answers fail, permerror and temperror by its reply, which
also holds the explanation; every other result stands in the Received-SPF header of the message that arrived.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from postfix_lab.postfix.log.events import Reject
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.smtp.behaviour import Received
from postfix_lab.smtp.headers import received_spf_headers
from postfix_lab.smtp.transcript import Reply, Transcript
from postfix_lab.text import printable
from postfix_lab.verdict.reply_outcome import session_outcome

_VERDICT = re.compile(
    r"(?:rejected|deferred) due to: (?P<text>.*?)"
    r"(?:\. Please see \S+?/Why\?s=(?P<scope>mfrom|helo);id=(?P<who>.*);ip=[0-9a-f.:]+;r=\S*)?\Z",
    re.DOTALL,
)
_RESULTS = {"5.7.23": "fail", "5.7.24": "permerror", "4.7.24": "temperror"}
"""RFC 7372 section 3.2; policyd-spf gives 4.7.24 for a temporary error."""
_SCOPES = {"mfrom": "mailfrom", "helo": "helo"}
_EXCEPTION = re.compile(r"[A-Z]\w*(?:Error|Exception)(?:: |$)")
_PERMANENT = 500
_OWN_TEXT = "SPF fail - not authorized"
"""pyspf's explanation where the domain gives none; the suite calls it DEFAULT."""


@dataclass(frozen=True)
class CaseResult:
    """The result of one session; `result` is empty if policyd-spf judged nothing."""

    result: str
    explanation: str | None = None
    """The text of a *fail*."""
    identity: str = ""
    who: str | None = None
    """The sender, or the HELO name, that policyd-spf was given; None if unknown."""
    reply: str = ""
    """The reply that decided, with its command."""
    permanent: bool = False
    """Whether smtpd refused it permanently, without policyd-spf."""
    crash: str = ""
    """The exception of which policyd-spf died; empty if it did not."""


def outcome(transcript: Transcript, messages: Iterable[Received], log: Iterable[LogLine], recipient: str) -> CaseResult:
    """Return the result of that session; `messages` and `log` are those of the whole run."""
    told = session_outcome(transcript).exchange
    if told is None or told.reply is None:
        return CaseResult("", reply=printable(f"no reply: {transcript.ended} {transcript.error or ''}".rstrip()))
    reply = printable(f"{told.said.splitlines()[0] if told.said else told.stage} -> {told.reply}")
    if not told.reply.positive:
        return _refusal_result(told.reply, reply, tuple(log), recipient)
    mine = next((m for m in messages if m.protocol == "LMTP" and recipient in m.recipients), None)
    headers = received_spf_headers(mine.content) if mine else ()
    if not headers:
        return CaseResult("", reply=reply if mine else f"{reply}; no message arrived")
    top = headers[0]
    who = top.envelope_from if top.identity == "mailfrom" else top.helo
    return CaseResult(top.result, None, top.identity, who, reply)


def _refusal_result(reply: Reply, shown: str, log: Sequence[LogLine], recipient: str) -> CaseResult:
    found = _VERDICT.search(reply.text)
    result = _RESULTS.get(reply.enhanced or "")
    if found is None or result is None:
        return CaseResult("", reply=shown, permanent=reply.code >= _PERMANENT, crash=_crash(log))
    text = found["text"]
    explanation = ("DEFAULT" if text == _OWN_TEXT else text) if result == "fail" else None
    if found["scope"]:
        return CaseResult(result, explanation, _SCOPES[found["scope"]], found["who"], shown)
    # A NUL in the text ended the reply (policyd-spf 2.9 and 3.0): whose mail it was, smtpd's own line tells.
    own = next((e for line in log if isinstance(e := line.event, Reject) and e.recipient == recipient), None)
    if own is None:
        return CaseResult(result, explanation, reply=shown)
    return CaseResult(result, explanation, "mailfrom" if own.sender else "helo", own.sender or own.helo, shown)


def _crash(log: Iterable[LogLine]) -> str:
    """Return the last line of policyd-spf's traceback, or an empty text."""
    lines = [line.text for line in log if line.program == "policyd-spf" and _EXCEPTION.match(line.text)]
    return printable(lines[-1]) if lines else ""
