"""What a client does to the connection itself: octets that trickle, one half that ends, a reset."""

from __future__ import annotations

from dataclasses import replace

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.change import (
    Change,
    message_at,
    named,
    on_the_wire,
    place_of,
    spelled_out,
    with_steps,
)
from postfix_lab.smtp.dialogue import Burst, Command, Dialogue, Drop, HalfClose, Message, Raw, Stage


@named
def slow(stage: Stage = "RCPT", pace: float = 0.3) -> Change:
    """The command of that stage, or the message, one octet at a time with `pace` seconds between two.

    The engine in the Internet's container keeps the time. RFC 5321 section 4.5.3.2 gives a client minutes; postconf
    `smtpd_timeout`, `smtpd_per_record_deadline` (3.5), `smtpd_per_request_deadline`, `smtpd_min_data_rate` (from 3.7).
    """

    def change(dialogue: Dialogue) -> Dialogue:
        place = place_of(dialogue, stage, "slow")
        match dialogue.steps[place]:
            case Command(line):
                return with_steps(dialogue, place, [Raw(f"{line}\r\n", stage=stage, pace=pace)])
            case Message(content, verbatim=False):
                slowly = Message(on_the_wire(content), verbatim=True, pace=pace)
                return with_steps(dialogue, place, [slowly])
        raise InputError(f"slow takes its time over a command or a message, and {stage} of this dialogue is neither")

    return change


@named
def half_closed(stage: Stage = "MESSAGE") -> Change:
    """Our half of the connection ends (TCP FIN) behind that stage, before its reply, which is still listened for.

    No RFC forbids it. A server that takes the end for a lost client does not answer, though it may have taken the mail.
    """

    def change(dialogue: Dialogue) -> Dialogue:
        place = place_of(dialogue, stage, "half_closed")
        step = dialogue.steps[place]
        if not isinstance(step, Command | Message | Raw):
            raise InputError(f"half_closed ends behind a command or a message, and {stage} of this dialogue is neither")
        last = Burst((spelled_out(step),), sure=0, stage=stage)
        return replace(dialogue, steps=(*dialogue.steps[:place], last, HalfClose()))

    return change


@named
def reset_in_data() -> Change:
    """The connection is reset (TCP RST) in the middle of the message (RFC 5321 section 4.1.1.4: nothing is taken)."""

    def change(dialogue: Dialogue) -> Dialogue:
        place, message = message_at(dialogue, "reset_in_data")
        sent = on_the_wire(message.content, end=False)
        half = Message(sent[: len(sent) // 2], verbatim=True, replies=0)
        return replace(dialogue, steps=(*dialogue.steps[:place], half, Drop(reset=True)))

    return change
