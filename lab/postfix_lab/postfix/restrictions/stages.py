"""Which restriction lists smtpd runs for each command, in order (smtpd_check_client() to smtpd_check_eod()).

With `smtpd_delay_reject = yes` the lists for client, HELO and sender wait for RCPT, VRFY or ETRN.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.files.place import DEFAULT, OVERRIDE, Place, words_in_main, words_in_master
from postfix_lab.postfix.restrictions.restriction import Restriction, in_effect

_CLIENT, _HELO, _SENDER = "smtpd_client_restrictions", "smtpd_helo_restrictions", "smtpd_sender_restrictions"
RELAY, _RECIPIENT = "smtpd_relay_restrictions", "smtpd_recipient_restrictions"
_DATA, _END, _ETRN = "smtpd_data_restrictions", "smtpd_end_of_data_restrictions", "smtpd_etrn_restrictions"
_UNLISTED_SENDER, _UNLISTED_RECIPIENT = "smtpd_reject_unlisted_sender", "smtpd_reject_unlisted_recipient"
ABOUT = {
    _CLIENT: "Client host",
    _HELO: "Helo command",
    _SENDER: "Sender address",
    RELAY: "Recipient address",
    _RECIPIENT: "Recipient address",
    _DATA: "Data command",
    _END: "End-of-data",
    _ETRN: "Etrn command",
    _UNLISTED_SENDER: "Sender address",
    _UNLISTED_RECIPIENT: "Recipient address",
}
"""List -> the text of its START line (smtpd_dsn_fix.h)."""
_MAPS = {_UNLISTED_SENDER: "reject_unlisted_sender", _UNLISTED_RECIPIENT: "reject_unlisted_recipient"}
_AT_ONCE = {
    "CONNECT": (_CLIENT,),
    "HELO": (_HELO,),
    "EHLO": (_HELO,),
    "MAIL": (_SENDER, _UNLISTED_SENDER),
    "DATA": (_DATA,),
    "MESSAGE": (_END,),
    "BDAT": (_DATA, _END),
}


@dataclass(frozen=True)
class DueList:
    """A list that is run for a command unless an earlier one refuses it."""

    name: str
    restrictions: tuple[Restriction, ...]
    maps: bool = False
    """Whether it is the check for unlisted addresses, which runs after the lists."""

    @property
    def about(self) -> str:
        """The text of its START line."""
        return ABOUT[self.name]


def due_lists(configured: Configured, service: str, verb: str) -> Iterator[DueList]:
    """The lists for that command; empty lists are left out, because smtpd logs nothing for them."""
    for name in _names(configured, service, verb):
        if name in _MAPS:
            restriction = Restriction(_MAPS[name], "", place_of(configured, service, name), name, 0)
            yield DueList(name, (restriction,), maps=True)
        elif found := in_effect(configured, name, service):
            yield DueList(name, found)


def _names(configured: Configured, service: str, verb: str) -> tuple[str, ...]:
    late = configured.value("smtpd_delay_reject", service) != "no"
    held = (_CLIENT, _HELO, _SENDER, _UNLISTED_SENDER) if late else ()
    if verb in ("RCPT", "VRFY"):
        relay_first = configured.value("smtpd_relay_before_recipient_restrictions", service) == "yes"
        own = (RELAY, _RECIPIENT) if relay_first else (_RECIPIENT, RELAY)
        return (*held, *own, _UNLISTED_RECIPIENT)
    if verb == "ETRN":
        return (*held[:2], _ETRN)
    if late and verb in ("CONNECT", "HELO", "EHLO", "MAIL"):
        return ()
    return _AT_ONCE.get(verb, ())


def place_of(configured: Configured, service: str, name: str) -> Place:
    """The place at which a service's value of a parameter is written: its first word, whatever `$name` stands for."""
    if name in configured.services.get(service, {}):
        words = words_in_master(configured.main_cf, configured.master_cf, service, name, expanded=False)
    elif name in configured.overrides:
        return OVERRIDE
    else:
        words = words_in_main(configured.main_cf, name, expanded=False)
    return words[0].place if words else DEFAULT
