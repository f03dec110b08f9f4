"""Misbehaviours of quantity: thousands of recipients, hundreds of connections."""

from __future__ import annotations

from dataclasses import replace

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.change import Change, as_misbehaviour, command_at, with_steps
from postfix_lab.scenario.scenario import Session
from postfix_lab.smtp.dialogue import Command, Dialogue, Meet


@as_misbehaviour
def many_recipients(count: int = 2500) -> Change:
    """Send one mail to `count` recipients: the last recipient's address, prefixed with a number.

    RFC 5321 section 4.5.3.1.8 requires a server to accept 100; postconf `smtpd_recipient_limit`,
    `smtpd_recipient_overshoot_limit`, `smtpd_hard_error_limit`.
    """

    def change(dialogue: Dialogue) -> Dialogue:
        place, recipient = command_at(dialogue, "RCPT", "many_recipients")
        lines = (recipient.line.replace("<", f"<{number}.", 1) for number in range(1, count + 1))
        return with_steps(dialogue, place, [Command(line, "RCPT") for line in lines])

    return change


def crowd(session: Session, count: int = 200) -> tuple[Session, ...]:
    """`count` sessions like this one, open at the same time: each continues when all have received their banner.

    A session that is refused counts, too (postconf(5) `smtpd_client_connection_count_limit`). If more than
    `default_process_limit` are not refused, they are never open all at once and time out. Raises `InputError` for a
    count below 1.
    """
    if count < 1:
        raise InputError(f"a crowd of {count} is none")
    dialogue = replace(session.dialogue, steps=(Meet(), *session.dialogue.steps))
    return (replace(session, dialogue=dialogue),) * count
