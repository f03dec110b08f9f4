"""What postconf(1) warns of, as deltas: each warning once for each line of the admin's that it is about.

postconf(1) reads the fitted files, in which lines may be missing, and reads main.cf several times: then it also says
that the first entry of a parameter overrides the last one. So a place is looked up in the admin's own files by the name
of the parameter.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from postfix_lab.fit.delta import Delta
from postfix_lab.postfix.files import main_cf, master_cf
from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.text import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postfix_lab.fit.source import Source
    from postfix_lab.postfix.files.main_cf import Parameter
    from postfix_lab.postfix.files.master_cf import Option, Service

WITHOUT_EFFECT = "without effect"
"""The value of a delta about a parameter that nothing reads."""
_REASON = "nothing reads it: unknown to this release, or misspelled"
_WARNING = re.compile(r"^\S+: warning: (.*)$", re.MULTILINE)
_UNUSED = re.compile(r"\S*/(main|master)\.cf: unused parameter: (\w+)=(.*)")
_UNDEFINED = re.compile(r"\S*/(main|master)\.cf: undefined parameter: (\w+)")
_OVERRIDING = re.compile(r"(\S+), line \d+: overriding earlier entry: (\w+)=")
_NUMBERED = re.compile(r"(main|master)\.cf(?:,|:)? line (\d+)")
_WIDTH = 200


def postconf_warnings(postconf: str, source: Source) -> tuple[Delta, ...]:
    """Return postconf(1)'s warnings, such as of parameters that nothing reads, are not defined, or are set twice.

    `postconf` is its whole output. The line is 0 where the admin's files have none.
    """
    admin = _AdminFiles(source)
    texts = dict.fromkeys(_WARNING.findall(postconf))
    return tuple(dict.fromkeys(delta for text in texts for delta in _deltas(text, admin)))


def _deltas(text: str, admin: _AdminFiles) -> Iterator[Delta]:
    if found := _UNUSED.fullmatch(text):
        file, lines = admin.unused_lines(found[1], found[2], found[3])
        yield from (Delta(found[2], WITHOUT_EFFECT, _REASON, file, line) for line in lines)
    elif found := _UNDEFINED.fullmatch(text):
        file, lines = admin.referring_lines(found[1], found[2])
        yield from (_warning_delta(text, file, line) for line in lines)
    elif (found := _OVERRIDING.match(text)) and (pairs := admin.repetitions(found[2])):
        for earlier, later in pairs:
            what = f"{found[1]}, line {later.first}: overriding earlier entry: {earlier.name}={earlier.value}"
            yield _warning_delta(what, admin.source.main, later.first)
    else:
        numbered = _NUMBERED.search(text)
        place = admin.place(numbered[1], int(numbered[2])) if numbered else (admin.source.main, 0)
        yield _warning_delta(text, *place)


def _warning_delta(text: str, file: str, line: int) -> Delta:
    return Delta("warning of postconf", "as it is", shorten(printable(text), _WIDTH), file, line)


class _AdminFiles:
    """Main.cf and master.cf as the admin wrote them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._texts = main, master = source.files[source.main], source.files.get(source.master, "")
        self._lines = split_lines(main)
        self._parameters = main_cf.parameters(main)
        self._in_effect = main_cf.in_effect(main)
        self._services = master_cf.entries(master)

    def place(self, which: str, number: int) -> tuple[str, int]:
        """Return the file and that line of it; line 0 if it has fewer lines."""
        main = which == "main"
        known = len(split_lines(self._texts[0 if main else 1]))
        return self.source.main if main else self.source.master, number if number <= known else 0

    def unused_lines(self, which: str, name: str, value: str) -> tuple[str, list[int]]:
        """Return the file and the lines that set the parameter; no line where the admin's files do read it.

        A stand-in may have replaced the setting that refers to it, which is not the admin's mistake.
        """
        if _refers(name, (parameter.value for parameter in self._in_effect.values())):
            return self.source.main, []
        if which == "main":
            used = any(_refers(name, _values(service)) for service in self._services)
            found = self._in_effect.get(name)
            return self.source.main, [] if used else [found.first if found else 0]
        options = list(self._options(name))
        exact = [option for option, _ in options if _on_one_line(option.value) == _on_one_line(value)]
        idle = [option for option, service in options if not _refers(name, _values(service))]
        lines = [option.line for option in idle if option in exact or not exact]
        return self.source.master, lines or ([] if options else [0])

    def referring_lines(self, which: str, name: str) -> tuple[str, list[int]]:
        """Return the file and the lines that refer to the parameter; line 0 where none does."""
        if which == "main":
            numbers = [n for parameter in self._in_effect.values() for n in self._lines_of(parameter, name)]
            return self.source.main, numbers or [0]
        options = [option for service in self._services for option in service.options]
        return self.source.master, [option.line for option in options if _refers(name, [option.value])] or [0]

    def repetitions(self, name: str) -> list[tuple[Parameter, Parameter]]:
        """Return each setting of the parameter that a later one overrides, with that one."""
        return list(pairwise(parameter for parameter in self._parameters if parameter.name == name))

    def _options(self, name: str) -> Iterator[tuple[Option, Service]]:
        for service in self._services:
            yield from ((option, service) for option in service.options if option.name == name)

    def _lines_of(self, parameter: Parameter, name: str) -> list[int]:
        """Return the lines of a setting that refer to another parameter."""
        own = enumerate(self._lines[parameter.first - 1 : parameter.last], parameter.first)
        return [number for number, line in own if not line.lstrip().startswith("#") and _refers(name, [line])]


def _values(service: Service) -> list[str]:
    return [option.value for option in service.options]


def _refers(name: str, values: Iterable[str]) -> bool:
    """Whether one of the values has `$name`, `${name...}` or `$(name...)`; `$$` is a dollar sign."""
    word = re.compile(rf"\$(?:[{{(]\s*)?{re.escape(name)}(?!\w)")
    return any(word.search(value.replace("$$", "")) for value in values)


def _on_one_line(value: str) -> str:
    return " ".join(value.split())
