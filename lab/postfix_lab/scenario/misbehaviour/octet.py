"""Octets that have no business where they are: in a message, or in a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from postfix_lab.scenario.misbehaviour.change import (
    Change,
    as_it_is,
    command_at,
    message_at,
    named,
    on_the_wire,
    with_steps,
)
from postfix_lab.smtp.dialogue import Command, Dialogue, Message, Raw, Stage


@named
def bare_lf() -> Change:
    """Every line of the message ends in LF alone; the end of data is the true one.

    RFC 5321 section 2.3.8 forbids it; postconf `smtpd_forbid_bare_newline`.
    """
    return _in_message("bare_lf", lambda sent: sent.replace("\r\n", "\n") + "\r\n.\r\n")


@named
def bare_cr() -> Change:
    """A line of the message has a CR in its middle that no LF follows.

    RFC 5321 section 2.3.8 forbids it; postconf `cleanup_replace_stray_cr_lf`.
    """
    return _in_message("bare_cr", lambda sent: sent + "\r\nbefore\rafter\r\n.\r\n")


@named
def lf_commands() -> Change:
    """Every command ends in LF alone (RFC 5321 section 2.3.8; postconf `smtpd_forbid_bare_newline`)."""

    def change(dialogue: Dialogue) -> Dialogue:
        steps = (Raw(s.line + "\n", stage=s.stage) if isinstance(s, Command) else s for s in dialogue.steps)
        return replace(dialogue, steps=tuple(steps))

    return change


@named
def nul(stage: Stage = "MESSAGE") -> Change:
    """A NUL in the message, or in the command of that stage (RFC 5321 sections 4.1.2 and 4.5.2 forbid both)."""
    return _with("nul", stage, "\0", "before\0after")


@named
def eight_bit(stage: Stage = "MESSAGE") -> Change:
    """Octets above 127 that were not announced, in the message (header and body), or in the command of that stage.

    A message would need BODY=8BITMIME (RFC 6152), a command SMTPUTF8 (RFC 6531); postconf `strict_8bitmime`,
    `strict_7bit_headers`, `strict_smtputf8`.
    """
    return _with("eight_bit", stage, "\u00fc", "Gr\u00fc\u00dfe", header="X-Greeting: Gr\u00fc\u00dfe")


@named
def long_line(octets: int = 5000) -> Change:
    """A line of the message of that many octets.

    RFC 5321 section 4.5.3.1.6 allows 998; postconf `line_length_limit`, `smtp_line_length_limit`.
    """
    return _with("long_line", "MESSAGE", "", "x" * octets)


@named
def long_command(stage: Stage = "RCPT", octets: int = 5000) -> Change:
    """The command of that stage, with so many octets too many (RFC 5321 section 4.5.3.1.4 allows 512)."""
    return _with("long_command", stage, "x" * octets, "x" * octets)


@named
def endless_headers(lines: int = 10000) -> Change:
    """A message with that many header fields; only `message_size_limit` of postconf(5) ends it."""
    return _with_header("endless_headers", lambda: "".join(f"X-Endless: {number}\n" for number in range(lines)))


@named
def endless_header(octets: int = 200000) -> Change:
    """One header field, folded over lines of 70 octets, of at least that many (postconf `header_size_limit`)."""
    return _with_header("endless_header", lambda: "X-Endless: on" + f"\n {'x' * 67}" * (octets // 70 + 1) + "\n")


def _with_header(who: str, fields: Callable[[], str]) -> Change:
    def change(dialogue: Dialogue) -> Dialogue:
        place, message = message_at(dialogue, who)
        return with_steps(dialogue, place, [Message(fields() + message.content)])

    return change


def _in_message(who: str, made: Callable[[str], str]) -> Change:
    """What is made of the message as it is sent, without the end of its last line and the dot."""

    def change(dialogue: Dialogue) -> Dialogue:
        place, message = message_at(dialogue, who)
        return with_steps(dialogue, place, [as_it_is(made(on_the_wire(message.content, end=False)))])

    return change


def _with(who: str, stage: Stage, in_command: str, in_body: str, header: str = "") -> Change:
    """That text in the address of the command, else at its end; or in a line of its own in the message."""

    def change(dialogue: Dialogue) -> Dialogue:
        if stage == "MESSAGE":
            place, message = message_at(dialogue, who)
            head = f"{_utf8(header)}\n" if header else ""
            return with_steps(dialogue, place, [as_it_is(on_the_wire(f"{head}{message.content}{_utf8(in_body)}\n"))])
        place, command = command_at(dialogue, stage, who)
        before, bracket, after = command.line.partition("<")
        line = f"{before}<{in_command}{after}" if bracket else f"{before}{in_command}"
        return with_steps(dialogue, place, [Command(line, stage)])

    return change


def _utf8(text: str) -> str:
    """Its octets in UTF-8, one character each."""
    return text.encode().decode("latin-1")
