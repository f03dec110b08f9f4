"""Placeholders of template languages in a configuration: which there are, and their values.

A repository often holds main.cf as envsubst, Jinja, ERB or sed fills it in. A placeholder is `${NAME}`, `$(NAME)`,
`$NAME` or `${NAME:-default}` in upper case where main.cf sets no such parameter, `{{ name }}`, `<%= name %>`, `@NAME@`,
`%NAME%` or `__NAME__`. Postfix would expand the first ones to nothing, and take the others as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from postfix_lab.errors import InputError
from postfix_lab.fit.source import Source
from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.text import did_you_mean, printable

_NAME = r"[A-Z][A-Z0-9_]+"
_WORD = r"[A-Za-z_][\w.\[\]'\"-]*"
_PLACEHOLDER = re.compile(
    rf"\$\{{(?P<braces>{_NAME})(?::?-[^{{}}]*)?\}}|\$\((?P<parentheses>{_NAME})\)|\$(?P<bare>{_NAME})\b"
    rf"|\{{\{{-?\s*(?P<jinja>{_WORD})\s*(?:\|[^{{}}]*)?-?\}}\}}|<%=\s*@?(?P<erb>{_WORD})\s*-?%>"
    rf"|@@?(?P<at>{_NAME})@@?|%%?(?P<percent>{_NAME})%%?|__(?P<underscores>{_NAME})__"
)
_STATEMENT = re.compile(r"\{%.*?%\}|<%(?!=).*?%>")
_ASSIGNED = re.compile(r"\s*(?:-o\s*)?([A-Za-z]\w*)\s*=")
_OF_LOCAL = frozenset({
    "CLIENT_ADDRESS", "CLIENT_HELO", "CLIENT_HOSTNAME", "CLIENT_PROTOCOL", "DOMAIN", "EXTENSION", "HOME", "LOCAL",
    "LOGNAME", "MAIL_CONFIG", "ORIGINAL_RECIPIENT", "PATH", "RECIPIENT", "SASL_METHOD", "SASL_SENDER", "SASL_USERNAME",
    "SENDER", "SHELL", "USER",
})  # fmt: skip
"""The environment of commands that local(8) and debuggers run, which a parameter may name."""
_SHOWN = 8


class Placeholder(NamedTuple):
    """One placeholder and its place."""

    name: str
    written: str
    file: str
    line: int


def parse_definitions(given: Iterable[str]) -> dict[str, str]:
    """Return the values of `NAME=VALUE` by name; raises InputError for what is none."""
    pairs = [word.partition("=") for word in given]
    if odd := [name + sign for name, sign, _ in pairs if not sign or not name]:
        raise InputError(f"{odd[0]!r} gives no value; write NAME=VALUE")
    return {name: value for name, _, value in pairs}


def fill(source: Source, values: Mapping[str, str]) -> Source:
    """Return the files with these values in place of their placeholders; raises InputError for a name in none."""
    if not values:
        return source
    found = {one.name for name, text in source.files.items() for one in _placeholders(name, text, set())}
    for name in values:
        if name not in found:
            hint = did_you_mean(name, found) if found else "there is no placeholder in the folder"
            raise InputError(f"nothing in the configuration wants a value for {name!r}; {hint}", source.folder)

    def value(match: re.Match[str]) -> str:
        return values.get(_name(match), match[0])

    return replace(source, files={name: _PLACEHOLDER.sub(value, text) for name, text in source.files.items()})


def require_filled(source: Source) -> None:
    """Raise InputError for placeholders in main.cf and master.cf, with all names that want a value."""
    files = [(name, source.files[name]) for name in (source.main, source.master) if name]
    own = {found[1] for _, text in files for line in text.split("\n") if (found := _ASSIGNED.match(line))}
    lacking = [one for name, text in files for one in _placeholders(name, text, own | _OF_LOCAL)]
    if lacking:
        places: dict[str, str] = {}
        for one in lacking:
            places.setdefault(one.name, f"{one.name} ({one.file}:{one.line})")
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        names = ", ".join([*places.values()][:_SHOWN])
        told = f"it is a template that is not filled in; these want a value: {names}{more}"
        first = lacking[0]
        raise InputError(f"{told}; give each with --define {first.name}=VALUE", source.path(first.file), first.line)
    for name, text in files:
        for number, line in _lines(text):
            if statement := _STATEMENT.search(line):
                told = f"it is a template: {printable(statement[0])} is no Postfix; fill it in before"
                raise InputError(told, source.path(name), number)


def _placeholders(file: str, text: str, known: set[str] | frozenset[str]) -> Iterator[Placeholder]:
    for number, line in _lines(text):
        for match in _PLACEHOLDER.finditer(line):
            if (name := _name(match)) not in known:
                yield Placeholder(name, match[0], file, number)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are no comments, with their numbers."""
    yield from ((n, line) for n, line in enumerate(split_lines(text), 1) if not line.lstrip().startswith("#"))


def _name(match: re.Match[str]) -> str:
    return str(next(filter(None, match.groups())))
