"""Misbehaviours of the connection itself: single octets with pauses, half-close, reset."""

from __future__ import annotations

from dataclasses import replace

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.change import (
    Change,
    as_misbehaviour,
    as_verbatim,
    message_at,
    step_index,
    wire_text,
    with_steps,
)
from postfix_lab.smtp.dialogue import Burst, Command, Dialogue, Drop, HalfClose, Message, Raw, Stage


@as_misbehaviour
def slow(stage: Stage = "RCPT", pace: float = 0.3) -> Change:
    """Send the command of that stage, or the message, octet by octet with `pace` seconds between two.

    The agent in the Internet's container keeps the time. RFC 5321 section 4.5.3.2 gives a client minutes; postconf
    `smtpd_timeout`, `smtpd_per_record_deadline` (3.5), `smtpd_per_request_deadline`, `smtpd_min_data_rate` (from 3.7).
    """

    def change(dialogue: Dialogue) -> Dialogue:
        place = step_index(dialogue, stage, "slow")
        match dialogue.steps[place]:
            case Command(line):
                return with_steps(dialogue, place, [Raw(f"{line}\r\n", stage=stage, pace=pace)])
            case Message(content, verbatim=False):
                slowly = Message(wire_text(content), verbatim=True, pace=pace)
                return with_steps(dialogue, place, [slowly])
        raise InputError(f"slow takes its time over a command or a message, and {stage} of this dialogue is neither")

    return change


@as_misbehaviour
def half_closed(stage: Stage = "MESSAGE") -> Change:
    """Close the client's half of the connection (TCP FIN) after that stage; the reply is still read.

    No RFC forbids it. A server that treats it as a lost connection does not reply, but may have accepted the mail.
    """

    def change(dialogue: Dialogue) -> Dialogue:
        place = step_index(dialogue, stage, "half_closed")
        step = dialogue.steps[place]
        if not isinstance(step, Command | Message | Raw):
            raise InputError(f"half_closed ends behind a command or a message, and {stage} of this dialogue is neither")
        last = Burst((as_verbatim(step),), sure=0, stage=stage)
        return replace(dialogue, steps=(*dialogue.steps[:place], last, HalfClose()))

    return change


@as_misbehaviour
def reset_in_data() -> Change:
    """Reset the connection (TCP RST) within the message; the server must not accept it (RFC 5321 section 4.1.1.4)."""

    def change(dialogue: Dialogue) -> Dialogue:
        place, message = message_at(dialogue, "reset_in_data")
        sent = wire_text(message.content, end=False)
        half = Message(sent[: len(sent) // 2], verbatim=True, replies=0)
        return replace(dialogue, steps=(*dialogue.steps[:place], half, Drop(reset=True)))

    return change
