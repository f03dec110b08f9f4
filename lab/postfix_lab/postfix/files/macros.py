"""Parameters that name others: `$name`, `${name}`, `$(name)`, as postconf(5) expands them.

Conditional forms (`${stress?{10}:{300}}`) depend on run time and are not expanded. A name that refers to itself and a
bracket that is not closed are errors, because Postfix cannot expand them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from postfix_lab.errors import InputError
from postfix_lab.postfix.files.main_cf import Parameter
from postfix_lab.text import printable

_SIMPLE = re.compile(r"\$(?:(\w+)|\{(\w+)\}|\((\w+)\))")
_NAMES = re.compile(r"\$(?:(\w+)|[{(]\s*(\w+))")
_BARE = re.compile(r"\$(?![\w{($])")
_DEEP = 30
RAW = frozenset({
    "command_execution_directory", "default_rbl_reply", "forward_path", "luser_relay", "mailbox_command",
    "smtpd_reject_footer", "debugger_command",
})  # fmt: skip
"""Parameters whose `$name` daemons or a shell expand later: nothing in them is a name of a parameter (postconf(5))."""


def expand(text: str, lookup: Callable[[str], str | None], depth: int = 0) -> str:
    """The text with every known name replaced by its value; an unknown name is left as it is."""

    def put(found: re.Match[str]) -> str:
        value = lookup(found[1] or found[2] or found[3])
        if value is None or depth > _DEEP:
            return found[0]
        return expand(value, lookup, depth + 1)

    return _SIMPLE.sub(put, text.replace("$$", "\0")).replace("\0", "$$")


def check_macros(parameters: Mapping[str, Parameter], file: str) -> None:
    """Raise `InputError` where Postfix would end with `macro processing error`."""
    for parameter in parameters.values():
        if _is_unclosed(parameter.value):
            told = printable(parameter.value)
            raise InputError(f"{parameter.name}: a bracket behind $ is never closed: {told}", file, parameter.first)
        if parameter.name not in RAW and _BARE.search(parameter.value.replace("$$", "")):
            told = printable(parameter.value)
            problem = "a $ without a parameter's name behind it ends every daemon; write $$ for a dollar sign"
            raise InputError(f"{parameter.name}: {problem}: {told}", file, parameter.first)
        if way := _cycle(parameter.name, parameters):
            raise InputError(
                f"{' -> '.join(way)}: the parameter leads back to itself, and Postfix cannot expand it; "
                f"write out the value of one of them",
                file, parameters[way[0]].first,
            )  # fmt: skip


def _cycle(start: str, parameters: Mapping[str, Parameter]) -> list[str] | None:
    """The names on a cycle that leads from `start` back to it; None if there is none."""
    ways = [[start]]
    seen = set()
    while ways:
        way = ways.pop()
        value = parameters[way[-1]].value.replace("$$", "")
        for found in _NAMES.finditer(value):
            name = found[1] or found[2]
            if name == start:
                return [*way, name]
            if name in parameters and name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return None


def _is_unclosed(value: str) -> bool:
    for opening, closing in (("{", "}"), ("(", ")")):
        at = value.find(f"${opening}")
        while at >= 0:
            depth = 0
            for character in value[at + 1 :]:
                depth += (character == opening) - (character == closing)
                if not depth:
                    break
            if depth:
                return True
            at = value.find(f"${opening}", at + 1)
    return False
