"""Find the admin's file and line that an error message of Postfix is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postfix_lab.errors import InputError
from postfix_lab.fit.source import Source
from postfix_lab.postfix.files import main_cf
from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.parameters import ETC
from postfix_lab.text import printable, shorten

if TYPE_CHECKING:
    from postfix_lab.fit.fitted import Fitted

_FATAL = re.compile(r"(?:(?:fatal|panic|error): |warning: (?=unknown smtpd restriction))(.*)")
_QUOTED = re.compile(r'"([^"\s]+)"')
_ADVICE = re.compile(r"to approve this table [^\n]* in main\.cf:(\w+)")
_LINE = re.compile(rf"(?:{ETC}/)?(main|master)\.cf(?:,|:)? line (\d+)")


def blame(output: str, source: Source, fitted: Fitted) -> InputError | None:
    """The error to raise for Postfix's output, with the admin's file and line; None if it names no setting."""
    for fatal in _FATAL.finditer(output):
        words = shorten(printable(fatal[1]), 300)
        message = f"Postfix does not run with it: {words}"
        numbered = _LINE.search(fatal[1])
        if numbered:
            file, line = _origin(numbered[1], int(numbered[2]), source, fitted)
            return InputError(message, source.path(file), line)
        advice = _ADVICE.search(output)
        if advice:
            message = f"{message}; {printable(advice[0])}"
        names = f"{fatal[1]} {advice[1] if advice else ''}"
        quoted = [re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])") for word in _QUOTED.findall(fatal[1])]
        for parameter in main_cf.in_effect(source.files[source.main]).values():
            named = re.search(rf"(?<![\w$]){re.escape(parameter.name)}(?!\w)", names)
            if named or any(word.search(parameter.value) for word in quoted):
                return InputError(message, source.path(source.main), parameter.first)
    return None


def compile_error(command: str, output: str, path: str) -> InputError:
    """The error to raise if a command could not compile the table at `path`."""
    words = printable(" ".join(output.split()))
    remedy = "mend the file; a compiled table that cannot be read needs its source beside it"
    return InputError(f"`{command}` failed in the mail host: {words}; {remedy}", path)


def _origin(which: str, number: int, source: Source, fitted: Fitted) -> tuple[str, int | None]:
    """The file and line of the admin's that a line of the fitted file came from."""
    name = source.main if which == "main" else source.master or source.main
    placed = fitted.files.get(f"{ETC}/{which}.cf")
    lines = split_lines(placed.text) if placed else []
    if not 0 < number <= len(lines):
        return name, None
    own = split_lines(source.files[name])
    found = [n for n, line in enumerate(own, 1) if line == lines[number - 1]]
    near = min(found, key=lambda n: abs(n - number), default=None)
    return name, near
