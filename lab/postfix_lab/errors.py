"""Whose fault it is, in the type.

A mail server's reply is never an exception, whatever its code. An exception means that the
lab could not see (`LabError`), was asked for something that makes no sense (`InputError`),
or that a scenario's verdict is *fail* (`ScenarioFailed`).
"""

from __future__ import annotations


class LabError(Exception):
    """The lab is at fault: its verdict is *unknown*, never red or green. Exit code 3.

    The text is a sentence: what was tried, what was seen, where to look, what to do.
    """

    exit_code = 3


class LostError(LabError):
    """Nothing more can be seen in this run: its engine, or the room for its evidence, is gone. The run ends."""


class PostfixError(LabError):
    """Postfix does not start with the configuration that it was given, and its words name no line of it."""


class EngineError(LabError):
    """The container engine is missing, refused, or died."""


class NoEngineError(EngineError):
    """There is no engine to work with; the text says what to install. Exit code 2."""

    exit_code = 2


class InputError(LabError):
    """Something that a person wrote cannot be used; the text begins with its file and line, if any. Exit code 2."""

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
