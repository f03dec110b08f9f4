"""Which restrictions a list has: words become restrictions, each with its argument and its place.

What takes an argument is said by generic_checks() of smtpd_check.c; a bare `type:table` is an access table
of the list's own kind (access(5) in short).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from postfix_lab.postfix.configuration import LISTS, Configured
from postfix_lab.postfix.files import master_cf
from postfix_lab.postfix.files.place import DEFAULT, OVERRIDE, Place, Word, in_main, in_master, placed

_WITH_ARGUMENT = re.compile(
    r"check_\w+_access|check_policy_service|sleep|(?:reject_rbl|permit_dnswl|reject_rhsbl|permit_rhswl)_\w+|reject_rbl"
)
_NEVER = frozenset({"sleep", "warn_if_reject"})


@dataclass(frozen=True)
class Restriction:
    """One restriction of a list as it is written."""

    name: str
    argument: str
    place: Place
    list: str
    """The parameter whose list it is in: `smtpd_relay_restrictions`, or a restriction class."""
    index: int
    """Its number in that list, from 0."""

    @property
    def text(self) -> str:
        """As it stands in the list: `check_policy_service unix:private/policyd-spf`."""
        return f"{self.name} {self.argument}".rstrip()

    @property
    def decides(self) -> bool:
        """Whether it can ever decide; `warn_if_reject` and `sleep` cannot."""
        return self.name.lower() not in _NEVER


def restrictions(words: Iterable[Word], name: str) -> Iterator[Restriction]:
    """The restrictions that these words of a list are."""
    known = iter(words)
    for index, word in enumerate(known):
        takes = _WITH_ARGUMENT.fullmatch(word.text.lower()) is not None
        argument = next(known, None) if takes else None
        yield Restriction(word.text, argument.text if argument else "", word.place, name, index)


def in_effect(configured: Configured, name: str, service: str = "") -> tuple[Restriction, ...]:
    """The restrictions that a service (`submission/inet`) has under a parameter."""
    return tuple(restrictions(spelled(configured, name, service), name))


def written(configured: Configured) -> tuple[Restriction, ...]:
    """Every restriction of the admin's own files, lists and classes, whatever the scenario overrides; no defaults."""
    names = dict.fromkeys((*LISTS, *_classes(configured)))
    own = [
        restriction
        for name in names
        for restriction in restrictions(in_main(configured.main_cf, name) or (), name)
    ]
    for service in master_cf.services(configured.master_cf):
        for name in LISTS if service.command == "smtpd" else ():
            words = in_master(configured.main_cf, configured.master_cf, service.key, name)
            own += restrictions(words or (), name)
    return tuple(own)


def screens(configured: Configured, port: int, address: str = "") -> str:
    """The service of postscreen(8) that a client of that port meets first, as postconf(1) names it; empty if none."""
    found = _listening(configured, port, address)
    return found.key if found is not None and found.command == "postscreen" else ""


def service_of(configured: Configured, port: int, address: str = "") -> str:
    """The service of master.cf that a client of that port meets, as postconf(1) names it; behind postscreen its smtpd.

    Empty where no service listens there. One that is bound to the very address comes before one for all.
    """
    found = _listening(configured, port, address)
    if found is None:
        return ""
    return "smtpd/pass" if found.command == "postscreen" else found.key


def _listening(configured: Configured, port: int, address: str) -> master_cf.Service | None:
    found = [one for one in master_cf.services(configured.master_cf) if one.port == str(port)]
    found.sort(key=lambda one: one.address != address)
    return next((one for one in found if one.address in ("", address)), None)


def spelled(configured: Configured, name: str, service: str) -> tuple[Word, ...]:
    """The words that a service has under a parameter, each with its place."""
    if name in configured.services.get(service, {}):
        own = in_master(configured.main_cf, configured.master_cf, service, name)
        return placed(configured.services[service][name], own, Place("master.cf"))
    value = configured.values.get(name, "")
    if name in configured.overrides:
        return placed(value, None, OVERRIDE)
    own = in_main(configured.main_cf, name)
    return placed(value, own, DEFAULT if own is None else Place("main.cf"))


def _classes(configured: Configured) -> tuple[str, ...]:
    own = in_main(configured.main_cf, "smtpd_restriction_classes") or ()
    return tuple(word.text for word in own)
