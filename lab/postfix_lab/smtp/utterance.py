"""A step of a dialogue as octets to send, and as text for the transcript."""

from __future__ import annotations

from base64 import b64encode

from postfix_lab.errors import InputError
from postfix_lab.smtp import wire
from postfix_lab.smtp.dialogue import Burst, Command, Message, Part, Raw, Stage, Step


def wants_go_ahead(step: Step, after: Stage | None) -> bool:
    """Whether a step is message content, which may only be sent after a 354; else the server reads it as commands.

    A `Raw` of stage MESSAGE is content if it follows DATA (`after`).
    """
    first = step.parts[0] if isinstance(step, Burst) and step.parts else step
    return isinstance(first, Message) or (isinstance(first, Raw) and first.stage == "MESSAGE" and after == "DATA")


def octets_of(part: Part) -> bytes:
    """The octets to send for a part."""
    match part:
        case Command(line):
            return line.encode("utf-8", "surrogateescape") + b"\r\n"
        case Message(content, verbatim=False):
            return wire.dot_stuff(wire.crlf(latin1(content)))
        case Message(content):
            return latin1(content)
        case Raw(octets):
            return latin1(octets)


def text_of(part: Part) -> str:
    """The text of a part in the transcript: its octets, or for an ordinary message only their number."""
    match part:
        case Command(line):
            return line
        case Message(content, verbatim=False):
            return f". ({len(wire.crlf(latin1(content)))} octets)"
        case Message(content):
            return content
        case Raw(octets):
            return octets


def replies_to(part: Part) -> int:
    """The number of replies that a server sends for a part."""
    return 1 if isinstance(part, Command) else part.replies


def base64_of(text: str) -> str:
    """The text in base64, for AUTH."""
    return b64encode(text.encode()).decode()


def latin1(octets: str) -> bytes:
    """The octets that Latin-1 text stands for; raises InputError for any other character."""
    try:
        return octets.encode("latin-1")
    except UnicodeEncodeError as error:
        raise InputError(f"a message is Latin-1 text, one character an octet: {error}") from error
