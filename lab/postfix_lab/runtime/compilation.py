"""The commands that a configuration needs before Postfix starts: postmap(1) and the like."""

from __future__ import annotations

from postfix_lab.fit import blame
from postfix_lab.fit.fitted import Fitted
from postfix_lab.fit.source import Source
from postfix_lab.runtime.init_process import InitProcess


def compile_tables(process: InitProcess, fitted: Fitted, source: Source) -> dict[str, str]:
    """Run the commands in a mail host; return what each printed, by the admin's file that it is about.

    Raises `InputError` with that file, and its line where the command names one, if a command fails.
    """
    outputs = {}
    for command, file in fitted.commands:
        done = process.run(command)
        outputs[file] = done.output
        if done.status:
            raise blame.compile_error(command, done.output, source.path(file))
    return outputs
