"""master.cf with something changed in it: lines keep their numbers, comments and everything else stay.

An entry is named by its first line. What is changed is read again from the text, so that one change may follow another.
"""

from __future__ import annotations

from collections.abc import Collection

from postfix_lab.postfix.files.lines import BLANKS, changed, split_lines
from postfix_lab.postfix.files.master_cf import Option, Service, entries, same

_CHROOT = 4
"""The field of an entry that says whether its daemon is chrooted."""


def with_chroot(text: str, command: str, state: str) -> str:
    """The same master.cf with the chroot column of every service that runs `command` set to `y` or `n`."""
    return changed(text, [(entry.fields[_CHROOT], state) for entry in entries(text) if entry.command == command])


def without_options(text: str, names: Collection[str]) -> str:
    """The same master.cf without the `-o name=value` of these names, in whatever service."""
    found = [option for entry in entries(text) for option in entry.options if option.name in names]
    return changed(text, [(span, "") for option in found for span in (option.flag, option.setting)])


def with_option(text: str, first: int, name: str, value: str) -> str:
    """The same master.cf with every setting of that option changed, in the entry that begins in that line."""
    options = _entry(text, first).options
    return changed(text, [(option.setting, _written(option, value)) for option in options if option.name == name])


def with_name(text: str, first: int, name: str) -> str:
    """The same master.cf with another name for a service; entries that it replaced do not come back."""
    entry = _entry(text, first)
    text = _commented(text, [other for other in _replaced(text, entry) if other.first != first])
    return changed(text, [(_entry(text, first).fields[0], name)])


def with_entry(text: str, first: int, new: str) -> str:
    """The same master.cf with another text for a whole entry."""
    return changed(text, [(_entry(text, first).fields[0].of.whole, new)])


def without_service(text: str, first: int) -> str:
    """The same master.cf with an entry, and all that it replaced, as a comment."""
    return _commented(text, _replaced(text, _entry(text, first)))


def _entry(text: str, first: int) -> Service:
    return next(entry for entry in entries(text) if entry.first == first)


def _replaced(text: str, entry: Service) -> list[Service]:
    return [other for other in entries(text) if same(other, entry)]


def _commented(text: str, services: list[Service]) -> str:
    kept = split_lines(text)
    for service in services:
        for number in range(service.first - 1, service.last):
            kept[number] = f"#{kept[number]}"
    return "".join(f"{line}\n" for line in kept)


def _written(option: Option, value: str) -> str:
    if not any(char in BLANKS for char in value):
        return f"{option.name}={value}"
    attached = option.flag.stop == option.setting.start
    return f"{' ' if attached else ''}{{ {option.name} = {value} }}"
