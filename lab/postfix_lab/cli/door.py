"""The group of all commands, and the report of errors: a sentence and an exit code, never a traceback.

With `--json` an error is an object on standard output, under the same exit code.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from postfix_lab.errors import InputError, LabError
from postfix_lab.json_schema import schema_name
from postfix_lab.text import printable

_USAGE = 2
_INTERRUPTED, _BROKEN_PIPE = 130, 141
"""What a shell makes of SIGINT and SIGPIPE: 128 and the number of the signal."""
class _CommandEntry(NamedTuple):
    module: str
    summary: str
    """What the help of the group says of it, in one line of a terminal."""


_COMMANDS = {
    "send": _CommandEntry("send", "Hold one session, from any client, and say what became of it."),
    "explain": _CommandEntry("send", "Hold one session, and explain which restriction decided."),
    "check": _CommandEntry("check", "Try a configuration and report what is wrong with it."),
    "run": _CommandEntry("run", "Run scenarios, in Python or YAML."),
    "coverage": _CommandEntry("coverage", "Show again what the last `run --coverage` covered."),
    "sweep": _CommandEntry("sweep", "Repeat a scenario with each DNS question failing in turn."),
    "conformance": _CommandEntry("conformance", "Run the SPF test suites through real mail hosts."),
    "up": _CommandEntry("standing", "Start a lab that stays until `postfix-lab down`."),
    "down": _CommandEntry("standing", "Remove the lab that `up` started; evidence stays."),
    "shell": _CommandEntry("standing", "Open a shell in the mail host or the Internet that stands."),
    "logs": _CommandEntry("watch", "Print the log of the mail hosts that stand."),
    "dns": _CommandEntry("watch", "Print the DNS questions that the standing lab was asked."),
    "doctor": _CommandEntry("machine", "Look whether a lab can run here."),
    "clean": _CommandEntry("machine", "Remove every container that a lab left on this engine."),
}
"""Each command, in the order of the help. Its module is imported when it is used, not for the help of the group."""


class CommandGroup(click.Group):
    """Imports the module of a command when the command is used, and suggests names for an unknown one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of the help."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """Return the command of that name, or None."""
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"postfix_lab.cli.{_COMMANDS[cmd_name].module}"), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        """Write the commands with their summaries."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in _COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands that begin so, with their summaries, then the options of the group."""
        begun = [CompletionItem(n, help=e.summary) for n, e in _COMMANDS.items() if n.startswith(incomplete)]
        return [*begun, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve as click does; an error suggests the nearest of all commands, not only of the imported ones."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=_COMMANDS, ctx=ctx) from error


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="postfix-lab", prog_name="postfix-lab")
@click.pass_context
def cli(context: click.Context) -> None:
    """Real Debian Postfix hosts on a fake Internet, and what they say to whom."""
    if os.environ.get("NO_COLOR"):
        context.color = False
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise InputError("the folder that this was called in is gone; go to one that exists") from error


def main(arguments: list[str] | None = None) -> None:
    """Entry point: run the command and end the process with its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        status = cli.main(args=words, prog_name="postfix-lab", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        status = _USAGE
    except click.ClickException as error:
        status = _report(words, error.exit_code, _sentence(error))
    except LabError as error:
        status = _report(words, error.exit_code, str(error), error)
    except (KeyboardInterrupt, click.Abort):
        status = _INTERRUPTED
    except BrokenPipeError:
        # The reader closed the pipe; flushing the buffer at exit must not raise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = _BROKEN_PIPE
    sys.exit(status if isinstance(status, int) else 0)


def _report(words: list[str], status: int, text: str, error: LabError | None = None) -> int:
    said = "\n".join(printable(line) for line in text.splitlines())
    if "--json" in words:
        where = {"file": error.file, "line": error.line} if isinstance(error, InputError) and error.file else {}
        about: dict[str, Any] = {"message": text, "exit_code": status, **where}
        told = {"schema": schema_name("error"), "error": about}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
    else:
        click.echo(f"postfix-lab: {said}", err=True)
    return status


def _sentence(error: click.ClickException) -> str:
    """Return what is wrong with the call, and the command that prints the help."""
    text = error.format_message()
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{text} See `{context.command_path} --help`." if context else text
