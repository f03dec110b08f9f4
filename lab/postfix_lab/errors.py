"""The lab's exceptions; the type says who is at fault.

A mail server's reply is never an exception, whatever its code. An exception means that the lab could not work
(`LabError`), that its input is invalid (`InputError`), or that a scenario's verdict is *fail* (`ScenarioFailed`).
"""

from __future__ import annotations


class LabError(Exception):
    """The lab is at fault: its verdict is *unknown*, never red or green. Exit code 3.

    The text is a sentence: what was tried, what was seen, where to look, what to do.
    """

    exit_code = 3


class LostError(LabError):
    """The run cannot continue: its engine, or the disk space for its evidence, is gone."""


class PostfixError(LabError):
    """Postfix does not start with its configuration, and its messages name no line of it."""


class EngineError(LabError):
    """The container engine is missing, refused a request, or died."""


class NoEngineError(EngineError):
    """There is no engine to work with; the text says what to install. Exit code 2."""

    exit_code = 2


class InputError(LabError):
    """The user's input cannot be used; the text begins with its file and line, if any. Exit code 2."""

    exit_code = 2

    def __init__(
        self, message: str, file: str | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        self.file = file
        self.line = line
        self.column = column
        place = ":".join(str(part) for part in (file, line, column) if part)
        where = f"{place}: " if file else ""
        super().__init__(where + message)


class ScenarioFailed(AssertionError):
    """The verdict of a scenario is *fail*; the text is the story: what was wanted, what was seen, and where."""
