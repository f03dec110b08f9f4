"""Misbehaviours of timing: commands before the banner, without waiting, after STARTTLS, or within a mail."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.change import Change, as_misbehaviour, as_verbatim, step_index
from postfix_lab.smtp.dialogue import Burst, Command, Dialogue, Part, Stage, StartTls, Step


@as_misbehaviour
def early_talk() -> Change:
    """Send the first command before the banner, as soon as the connection is open.

    RFC 5321 section 4.3.1 wants the client to wait; postconf `smtpd_forbid_unauth_pipelining`, and postscreen(8)'s
    `postscreen_greet_action`.
    """

    def change(dialogue: Dialogue) -> Dialogue:
        first = dialogue.steps[0] if dialogue.steps else None
        if not isinstance(first, Part):
            raise InputError("early_talk says the first command too early, and this dialogue begins with none")
        return replace(dialogue, early=(first,), steps=dialogue.steps[1:])

    return change


@as_misbehaviour
def pipelined() -> Change:
    """Send everything from EHLO to the end of the message at once, whatever the server replies.

    RFC 2920 section 3.1 wants the client to wait for the replies to EHLO and to DATA; postconf
    `smtpd_forbid_unauth_pipelining`, `reject_unauth_pipelining`. With STARTTLS or AUTH it is all that follows them.
    """

    def change(dialogue: Dialogue) -> Dialogue:
        first = max((n for n, step in enumerate(dialogue.steps, 1) if not isinstance(step, Part)), default=0)
        parts = tuple(as_verbatim(step) for step in dialogue.steps[first:] if isinstance(step, Part))
        if not parts:
            raise InputError("pipelined says several commands at once, and this dialogue ends with none")
        return replace(dialogue, steps=(*dialogue.steps[:first], Burst(parts, sure=1)))

    return change


@as_misbehaviour
def starttls_injection(command: str = "NOOP") -> Change:
    """Send a command in clear text after STARTTLS, in the same packet; then the handshake, and QUIT.

    RFC 3207 section 6 wants the server to forget what it heard in the clear; one that answers the command inside of
    TLS does not (CVE-2011-0411). A reply to it stands between STARTTLS and QUIT in the transcript.
    """

    def change(dialogue: Dialogue) -> Dialogue:
        greeting: tuple[Step, ...] = dialogue.steps[: step_index(dialogue, "HELO", "starttls_injection") + 1]
        kept = tuple(step for step in greeting if not isinstance(step, StartTls))[:1]
        return replace(dialogue, steps=(*kept, StartTls(behind=(Command(command, _stage_of(command)),))))

    return change


@as_misbehaviour
def ehlo_again(after: Stage = "RCPT", name: str = "somebody.else.example") -> Change:
    """Send EHLO with another name after that stage, then continue the mail.

    RFC 5321 section 4.1.4: the server forgets the mail as after RSET.
    """

    def change(dialogue: Dialogue) -> Dialogue:
        place = step_index(dialogue, after, "ehlo_again") + 1
        again = Command(f"EHLO {name}", "HELO")
        return replace(dialogue, persist=True, steps=(*dialogue.steps[:place], again, *dialogue.steps[place:]))

    return change


def _stage_of(command: str) -> Stage:
    """The stage of the command's verb."""
    verb = command.partition(" ")[0].upper()
    return next((stage for stage in get_args(Stage) if stage == verb), "OTHER")
