"""Recipients whom the sink took although no table of mailboxes has them.

The sink takes mail in place of local(8), virtual(8) or a mailbox server, which would return such mail: "user unknown".
smtpd(8) asks those tables about the recipients that clients name; what an alias leads to is asked nowhere before.
Notices with the empty sender are left out: their recipient is whoever sent the mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from postfix_lab.addresses import SINK
from postfix_lab.fit.index_command import shell_word
from postfix_lab.postfix.files.place import DEFAULT, split_words

if TYPE_CHECKING:
    from postfix_lab.fit.fitted import Fitted
    from postfix_lab.inside.internet.protocol import Sighting
    from postfix_lab.runtime.mail_host import MailHost
    from postfix_lab.smtp.transcript import Transcript

_CLASSES = {"mydestination": "local_recipient_maps", "virtual_mailbox_domains": "virtual_mailbox_maps"}
"""The domains of a class of addresses, and the tables of its recipients (ADDRESS_CLASS_README)."""


def unlisted_recipients(host: MailHost, sighting: Sighting) -> tuple[str, ...]:
    """Return the recipients at the sink that no table has, each with the parameter of those tables."""
    fitted = host.fit()
    mine = [message for message in sighting.messages if message.server == SINK and message.sender]
    asked = dict.fromkeys(to for message in mine for to in message.recipients)
    checks = fitted.value("smtpd_reject_unlisted_recipient") != "no"
    known = set(_accepted_recipients(sighting.transcripts)) if checks else set()
    return tuple(text for to in asked if to.lower() not in known and (text := _describe_unlisted(host, fitted, to)))


def _describe_unlisted(host: MailHost, fitted: Fitted, recipient: str) -> str:
    """The recipient with the parameter that does not have it; empty if it is listed, or if nobody can say."""
    parameter = recipient_maps(fitted, recipient)
    tables = [word.text for word in split_words(fitted.value(parameter), DEFAULT)] if parameter else []
    if not tables or any(table.removeprefix("proxy:").startswith("unix:") or "$" in table for table in tables):
        return ""
    keys = lookup_keys(recipient, fitted.value("recipient_delimiter"))
    asked = (f"postmap -q {shell_word(key)} {shell_word(table)}" for table in tables for key in keys)
    found = host.init_process.run(f"{' || '.join(asked)}").status == 0
    return "" if found else f"{recipient} ({parameter})"


def recipient_maps(fitted: Fitted, recipient: str) -> str:
    """Return the parameter with the tables of that recipient's class; empty if its domain is in no list by name."""
    domain = recipient.rpartition("@")[2].lower()
    lists = {name: re.split(r"[\s,]+", fitted.value(name).lower()) for name in _CLASSES}
    return next((_CLASSES[name] for name, words in lists.items() if domain in words), "")


def lookup_keys(recipient: str, delimiters: str) -> tuple[str, ...]:
    """Return what Postfix looks up for a recipient: with and without its extension, its local part, and its domain."""
    local, _, domain = recipient.rpartition("@")
    plain = re.split(f"[{re.escape(delimiters)}]", local, maxsplit=1)[0] if delimiters else local
    return tuple(dict.fromkeys((recipient, f"{plain}@{domain}", local, plain, f"@{domain}")))


def _accepted_recipients(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """Yield the recipients that clients named and smtpd accepted, in lower case."""
    for transcript in transcripts:
        for exchange in transcript.exchanges:
            if exchange.recipient and not exchange.refused:
                yield exchange.recipient.lower()
