"""Changes of master.cf: line numbers, comments and all other text are kept.

An entry is identified by its first line. Each function parses the text again, so that changes can follow each other.
"""

from __future__ import annotations

from collections.abc import Collection

from postfix_lab.postfix.files.lines import BLANKS, replace_spans, split_lines
from postfix_lab.postfix.files.master_cf import Option, Service, entries, same_service

_CHROOT, _COMMAND = 4, 7
"""Indexes of fields: whether the daemon is chrooted, and the daemon's name."""


def with_chroot(text: str, command: str, state: str) -> str:
    """The text of master.cf with the chroot field of every service that runs `command` set to `state` (`y` or `n`)."""
    return replace_spans(text, [(entry.fields[_CHROOT], state) for entry in entries(text) if entry.command == command])


def without_options(text: str, names: Collection[str]) -> str:
    """The text of master.cf without the options `-o name=value` of these names, in all services."""
    found = [option for entry in entries(text) for option in entry.options if option.name in names]
    return replace_spans(text, [(span, "") for option in found for span in (option.flag, option.setting)])


def with_option(text: str, first: int, name: str, value: str) -> str:
    """The text of master.cf with another value for an option, or with that option, in the entry at line `first`."""
    entry = _entry(text, first)
    found = [option for option in entry.options if option.name == name]
    if not found:
        return replace_spans(text, [(entry.fields[_COMMAND], f"{entry.command} -o {_setting_text(name, value)}")])
    return replace_spans(text, [(option.setting, _option_text(option, value)) for option in found])


def with_verbose(text: str, commands: Collection[str]) -> str:
    """The text of master.cf with `-v` for every service that runs one of these programs."""
    found = [entry for entry in entries(text) if entry.command in commands]
    return replace_spans(text, [(entry.fields[_COMMAND], f"{entry.command} -v") for entry in found])


def with_name(text: str, first: int, name: str) -> str:
    """The text of master.cf with another name for a service; earlier entries that it replaced are commented out."""
    entry = _entry(text, first)
    text = _comment_out(text, [other for other in _same_entries(text, entry) if other.first != first])
    return replace_spans(text, [(_entry(text, first).fields[0], name)])


def with_entry(text: str, first: int, new: str) -> str:
    """The text of master.cf with another text for a whole entry."""
    return replace_spans(text, [(_entry(text, first).fields[0].of.whole, new)])


def without_service(text: str, first: int) -> str:
    """The text of master.cf with an entry, and all entries that it replaced, commented out."""
    return _comment_out(text, _same_entries(text, _entry(text, first)))


def _entry(text: str, first: int) -> Service:
    return next(entry for entry in entries(text) if entry.first == first)


def _same_entries(text: str, entry: Service) -> list[Service]:
    return [other for other in entries(text) if same_service(other, entry)]


def _comment_out(text: str, services: list[Service]) -> str:
    kept = split_lines(text)
    for service in services:
        for number in range(service.first - 1, service.last):
            kept[number] = f"#{kept[number]}"
    return "".join(f"{line}\n" for line in kept)


def _option_text(option: Option, value: str) -> str:
    attached = option.flag.stop == option.setting.start
    text = _setting_text(option.name, value)
    return f" {text}" if attached and text.startswith("{") else text


def _setting_text(name: str, value: str) -> str:
    return f"{{ {name} = {value} }}" if any(char in BLANKS for char in value) else f"{name}={value}"
