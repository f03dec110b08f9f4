"""The restrictions of a list, parsed from its words, each with its argument and place.

generic_checks() of smtpd_check.c decides which restrictions take an argument; a bare `type:table` is short for an
access(5) table of the list's own kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from postfix_lab.postfix.configuration import LISTS, Configured
from postfix_lab.postfix.files import master_cf
from postfix_lab.postfix.files.place import (
    DEFAULT,
    OVERRIDE,
    Place,
    PlacedWord,
    locate_words,
    words_in_main,
    words_in_master,
)

_WITH_ARGUMENT = re.compile(
    r"check_\w+_access|check_policy_service|sleep|(?:reject_rbl|permit_dnswl|reject_rhsbl|permit_rhswl)_\w+|reject_rbl"
)
BUILT_IN = {
    "reject_sender_login_mismatch": (
        "reject_authenticated_sender_login_mismatch",
        "reject_unauthenticated_sender_login_mismatch",
    )
}
"""Restrictions that smtpd has as classes of its own (smtpd_check_init()): it logs the ones within."""
_NEVER = frozenset({"sleep", "warn_if_reject"})


@dataclass(frozen=True)
class Restriction:
    """One restriction of a list as written."""

    name: str
    argument: str
    place: Place
    list: str
    """The parameter whose list it is in: `smtpd_relay_restrictions`, or a restriction class."""
    index: int
    """Its number in that list, from 0."""

    @property
    def text(self) -> str:
        """The restriction as written: `check_policy_service unix:private/policyd-spf`."""
        return f"{self.name} {self.argument}".rstrip()

    @property
    def decides(self) -> bool:
        """Whether it can decide; `warn_if_reject` and `sleep` cannot."""
        return self.name.lower() not in _NEVER


def restrictions(words: Iterable[PlacedWord], name: str) -> Iterator[Restriction]:
    """Parse the words of a list into restrictions."""
    known = iter(words)
    for index, word in enumerate(known):
        takes = _WITH_ARGUMENT.fullmatch(word.text.lower()) is not None
        argument = next(known, None) if takes else None
        yield Restriction(word.text, argument.text if argument else "", word.place, name, index)


def in_effect(configured: Configured, name: str, service: str = "") -> tuple[Restriction, ...]:
    """The restrictions of a parameter that are in effect for a service (`submission/inet`)."""
    return tuple(restrictions(words_in_effect(configured, name, service), name))


def written_restrictions(configured: Configured) -> tuple[Restriction, ...]:
    """Every restriction in the lists and classes of the admin's files; overrides and defaults are left out."""
    names = dict.fromkeys((*LISTS, *_classes(configured)))
    own = [
        restriction
        for name in names
        for restriction in restrictions(words_in_main(configured.main_cf, name) or (), name)
    ]
    for service in master_cf.services(configured.master_cf):
        for name in LISTS if service.command == "smtpd" else ():
            words = words_in_master(configured.main_cf, configured.master_cf, service.key, name)
            own += restrictions(words or (), name)
    return tuple(own)


def postscreen_service(configured: Configured, port: int, address: str = "") -> str:
    """The postscreen(8) service at that port, as postconf(1) names it; empty if there is none."""
    found = _find_service(configured, port, address)
    return found.key if found is not None and found.command == "postscreen" else ""


def service_of(configured: Configured, port: int, address: str = "") -> str:
    """The service of master.cf at that port, as postconf(1) names it; for postscreen, the smtpd behind it.

    Empty if no service listens there. A service bound to `address` is preferred to one bound to all addresses.
    """
    found = _find_service(configured, port, address)
    if found is None:
        return ""
    return "smtpd/pass" if found.command == "postscreen" else found.key


def _find_service(configured: Configured, port: int, address: str) -> master_cf.Service | None:
    found = [one for one in master_cf.services(configured.master_cf) if one.port == str(port)]
    found.sort(key=lambda one: one.address != address)
    return next((one for one in found if one.address in ("", address)), None)


def words_in_effect(configured: Configured, name: str, service: str) -> tuple[PlacedWord, ...]:
    """The words of a parameter in effect for a service, each with its place."""
    if name in configured.services.get(service, {}):
        own = words_in_master(configured.main_cf, configured.master_cf, service, name)
        return locate_words(configured.services[service][name], own, Place("master.cf"))
    value = configured.values.get(name, "")
    if name in configured.overrides:
        return locate_words(value, None, OVERRIDE)
    own = words_in_main(configured.main_cf, name)
    return locate_words(value, own, DEFAULT if own is None else Place("main.cf"))


def _classes(configured: Configured) -> tuple[str, ...]:
    own = words_in_main(configured.main_cf, "smtpd_restriction_classes") or ()
    return tuple(word.text for word in own)
