"""Misbehaviours with octets that are not allowed in a message or in a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from postfix_lab.scenario.misbehaviour.change import (
    Change,
    as_misbehaviour,
    command_at,
    message_at,
    verbatim_message,
    wire_text,
    with_steps,
)
from postfix_lab.smtp.dialogue import Command, Dialogue, Message, Raw, Stage


@as_misbehaviour
def bare_lf() -> Change:
    """End every line of the message with LF alone; the end of data is correct.

    RFC 5321 section 2.3.8 forbids it; postconf `smtpd_forbid_bare_newline`.
    """
    return _in_message("bare_lf", lambda sent: sent.replace("\r\n", "\n") + "\r\n.\r\n")


@as_misbehaviour
def bare_cr() -> Change:
    """Put a CR without LF into the middle of a line of the message.

    RFC 5321 section 2.3.8 forbids it; postconf `cleanup_replace_stray_cr_lf`.
    """
    return _in_message("bare_cr", lambda sent: sent + "\r\nbefore\rafter\r\n.\r\n")


@as_misbehaviour
def lf_commands() -> Change:
    """End every command with LF alone (RFC 5321 section 2.3.8; postconf `smtpd_forbid_bare_newline`)."""

    def change(dialogue: Dialogue) -> Dialogue:
        steps = (Raw(s.line + "\n", stage=s.stage) if isinstance(s, Command) else s for s in dialogue.steps)
        return replace(dialogue, steps=tuple(steps))

    return change


@as_misbehaviour
def nul(stage: Stage = "MESSAGE") -> Change:
    """Put a NUL into the message, or into the command of that stage (RFC 5321 sections 4.1.2 and 4.5.2 forbid both)."""
    return _with("nul", stage, "\0", "before\0after")


@as_misbehaviour
def eight_bit(stage: Stage = "MESSAGE") -> Change:
    """Put octets above 127 without announcement into the message (header and body), or into that stage's command.

    A message would need BODY=8BITMIME (RFC 6152), a command SMTPUTF8 (RFC 6531); postconf `strict_8bitmime`,
    `strict_7bit_headers`, `strict_smtputf8`.
    """
    return _with("eight_bit", stage, "\u00fc", "Gr\u00fc\u00dfe", header="X-Greeting: Gr\u00fc\u00dfe")


@as_misbehaviour
def long_line(octets: int = 5000) -> Change:
    """Add a line of `octets` octets to the message.

    RFC 5321 section 4.5.3.1.6 allows 998; postconf `line_length_limit`, `smtp_line_length_limit`.
    """
    return _with("long_line", "MESSAGE", "", "x" * octets)


@as_misbehaviour
def long_command(stage: Stage = "RCPT", octets: int = 5000) -> Change:
    """Lengthen the command of that stage by `octets` octets (RFC 5321 section 4.5.3.1.4 allows 512)."""
    return _with("long_command", stage, "x" * octets, "x" * octets)


@as_misbehaviour
def endless_headers(lines: int = 10000) -> Change:
    """Add `lines` header fields to the message; only `message_size_limit` of postconf(5) limits them."""
    return _with_header("endless_headers", lambda: "".join(f"X-Endless: {number}\n" for number in range(lines)))


@as_misbehaviour
def endless_header(octets: int = 200000) -> Change:
    """Add a header field of at least `octets` octets, folded at 70 octets (postconf `header_size_limit`)."""
    return _with_header("endless_header", lambda: "X-Endless: on" + f"\n {'x' * 67}" * (octets // 70 + 1) + "\n")


def _with_header(who: str, fields: Callable[[], str]) -> Change:
    def change(dialogue: Dialogue) -> Dialogue:
        place, message = message_at(dialogue, who)
        return with_steps(dialogue, place, [Message(fields() + message.content)])

    return change


def _in_message(who: str, made: Callable[[str], str]) -> Change:
    """Apply `made` to the message as sent, without its final CRLF and dot."""

    def change(dialogue: Dialogue) -> Dialogue:
        place, message = message_at(dialogue, who)
        return with_steps(dialogue, place, [verbatim_message(made(wire_text(message.content, end=False)))])

    return change


def _with(who: str, stage: Stage, in_command: str, in_body: str, header: str = "") -> Change:
    """Insert text into the command's address, or at its end if it has none; or as a new line into the message."""

    def change(dialogue: Dialogue) -> Dialogue:
        if stage == "MESSAGE":
            place, message = message_at(dialogue, who)
            head = f"{_utf8(header)}\n" if header else ""
            content = f"{head}{message.content}{_utf8(in_body)}\n"
            return with_steps(dialogue, place, [verbatim_message(wire_text(content))])
        place, command = command_at(dialogue, stage, who)
        before, bracket, after = command.line.partition("<")
        line = f"{before}<{in_command}{after}" if bracket else f"{before}{in_command}"
        return with_steps(dialogue, place, [Command(line, stage)])

    return change


def _utf8(text: str) -> str:
    """The text's UTF-8 octets, one character each."""
    return text.encode().decode("latin-1")
