"""The first process of a mail host as this process sees it: the verbs of `init.py` as functions with their types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from postfix_lab.errors import LabError
from postfix_lab.fit.draft import Content
from postfix_lab.inside.mailhost import init
from postfix_lab.text import shorten
from postfix_lab.verbs import verb_of

if TYPE_CHECKING:
    from postfix_lab.engine.container import Container

P = ParamSpec("P")
R = TypeVar("R")


class InitProcess:
    """Runs commands and writes files in a mail host."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def ask(self, verb: Callable[P, R]) -> Callable[P, R]:
        """Return a verb of `init.py`, which runs in the mail host, as a local function.

        `ask(init.end)("rsyslogd")` ends rsyslogd there. An error there is raised as `LabError`.
        """

        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            value: R = self._container.stream.ask(verb_of(verb), args, kwargs)
            return value

        return ask

    def run(self, command: str) -> init.Done:
        """Run a shell command; a status other than 0 is not an error."""
        return self.ask(init.run)(["/bin/sh", "-c", command])

    def shell(self, command: str) -> str:
        """Run a shell command and return its output; a failing one is a `LabError`."""
        done = self.run(command)
        if done.status:
            where, said = self._container.name, done.output.strip()
            raise LabError(f"`{shorten(command, 80)}` ended with status {done.status} in the {where}: {said}")
        return done.output

    def write(self, files: Mapping[str, str]) -> None:
        """Write these files, path -> text; missing folders are made."""
        self.ask(init.write)({path: {"text": text} for path, text in files.items()})


def init_files(contents: Mapping[str, Content]) -> dict[str, init.File]:
    """Return contents by path in the form that `init.py` takes."""
    return {path: {"text": one.text, "mode": one.mode, "owner": one.owner} for path, one in contents.items()}
