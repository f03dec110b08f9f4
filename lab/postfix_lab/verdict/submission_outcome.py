"""What became of a mail that sendmail(1) submitted: what its caller was told, and what the queue made of it. Pure.

sendmail(1) takes the message as a whole or not at all, with an exit status of sysexits.h and words on its output. So
the stage of the outcome is MESSAGE, and a recipient has an outcome of its own only in the queue.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postfix_lab.evidence.address import Address
from postfix_lab.verdict.outcome import Decider, Fate, Outcome, SessionOutcome

if TYPE_CHECKING:
    from postfix_lab.smtp.sendmail import Submitted
    from postfix_lab.verdict.queue_outcome import MailQueue

TEMPFAIL = 75
"""EX_TEMPFAIL of sysexits.h."""


def submission_outcome(call: Submitted, number: int, queue: MailQueue) -> SessionOutcome:
    """Return the outcome of a call, which is the evidence's `number`-th: of the message and of each named recipient."""
    whole = _outcome(call, number, "", queue)
    return SessionOutcome(whole, tuple(_outcome(call, number, recipient, queue) for recipient in call.to))


def submission_sentence(call: Submitted, fate: Fate) -> str:
    """Return the outcome with what decided: `reject: sendmail(1) ended with exit status 69 "..."`."""
    text = f' "{call.output}"' if call.output else ""
    queued = f", queued as {call.queue_id}" if call.queue_id else ""
    return f"{fate}: sendmail(1) ended with exit status {call.status}{queued}{text}"


def _outcome(call: Submitted, number: int, recipient: str, queue: MailQueue) -> Outcome:
    fate, why = _fate(call)
    others = [name for name in call.to if name.lower() != recipient.lower()] if recipient else []
    made = queue.outcome(call.queue_id, recipient, others) if call.queue_id else None
    basis = (Address("submitted", number), *(made.lines if made else ()))
    found = Outcome(fate, why=why, recipient=recipient, queue=made, by=Decider.SENDMAIL, basis=basis, submitted=call)
    return replace(found, by=Decider.QUEUE) if found.later else found


def _fate(call: Submitted) -> tuple[Fate, str]:
    told = f"sendmail(1) ended with exit status {call.status}: {call.output}"
    if call.status:
        return (Fate.DEFER if call.status == TEMPFAIL else Fate.REJECT), told
    return Fate.ACCEPT, "" if call.queue_id else "sendmail(1) took the message, and pickup(8) logged none"
