"""What a step is: as octets on the line, and as text in the transcript."""

from __future__ import annotations

from base64 import b64encode

from postfix_lab.errors import InputError
from postfix_lab.smtp import wire
from postfix_lab.smtp.dialogue import Burst, Command, Message, Part, Raw, Stage, Step


def wants_go_ahead(step: Step, after: Stage | None) -> bool:
    """Whether it is a message, which would be taken for commands unless the last reply was 354.

    A message in octets of one's own is one where it follows a DATA.
    """
    first = step.parts[0] if isinstance(step, Burst) and step.parts else step
    return isinstance(first, Message) or (isinstance(first, Raw) and first.stage == "MESSAGE" and after == "DATA")


def octets_of(part: Part) -> bytes:
    """What goes over the line."""
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
    """What the transcript tells of it: the octets themselves, unless it is an ordinary message."""
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
    """How many replies a server owes for it."""
    return 1 if isinstance(part, Command) else part.replies


def base64_of(text: str) -> str:
    """As AUTH wants it."""
    return b64encode(text.encode()).decode()


def latin1(octets: str) -> bytes:
    """Octets that somebody wrote as text; what is none is his mistake."""
    try:
        return octets.encode("latin-1")
    except UnicodeEncodeError as error:
        raise InputError(f"a message is Latin-1 text, one character an octet: {error}") from error
