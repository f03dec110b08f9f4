"""`up`, `down`, `shell`: the standing lab and access to its containers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from postfix_lab.cli import lab_access, options
from postfix_lab.errors import InputError
from postfix_lab.paths import EVIDENCE
from postfix_lab.standing import keeper
from postfix_lab.standing.tour import engine_command, examples, tour

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName
    from postfix_lab.standing.standing_record import LabRecord


@click.command()
@options.debian
@options.config
@options.tables
@options.at
@options.define
@options.zones
@options.engine
@options.as_json
def up(
    debian: str, config: Path | None, tables: Path | None, at: str | None, define: tuple[str, ...],
    zones: tuple[Path, ...], engine: EngineName | None, as_json: bool,
) -> None:  # fmt: skip
    """Start a lab that stays until `postfix-lab down`, and say how to walk around in it."""
    files = [path.absolute() for path in zones]
    setup = lab_access.setup(config, **lab_access.changes(tables, at, define))
    wish = keeper.LabOptions(options.releases(debian), setup, files, engine)
    record, before = keeper.up(EVIDENCE, wish, options.progress)
    if as_json:
        told = {key: value for key, value in asdict(record).items() if key not in ("pid", "started")}
        about = {**told, "stood_already": before, "examples": examples(record, options.command_name())}
        options.print_json("up", about)
        return
    click.echo("\n".join(tour(record, options.command_name())))
    if before:
        click.echo("(It was standing already, and is as it was; `postfix-lab down` removes it.)")


@click.command()
@options.as_json
def down(as_json: bool) -> None:
    """Remove the lab that `up` started; evidence stays."""
    with options.announce_wait("the lab is being removed"):
        removed = keeper.down(EVIDENCE, options.progress)
    if as_json:
        options.print_json("down", {"removed": removed})
    else:
        click.echo("The standing lab is removed." if removed else "No lab is standing.")


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("where", default="mail", type=click.Choice(["mail", "internet"]))
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--debian", type=int, metavar="RELEASE", help="Which mail host, where several stand.  [the first]")
@options.as_json
def shell(where: str, command: tuple[str, ...], debian: int | None, as_json: bool) -> int:
    """Open a shell in the mail host or in the Internet of the standing lab, or run COMMAND there.

    The exit code is the command's own. With --json what it printed is told as JSON.
    """
    record = lab_access.require_standing(None)
    argv = [*_shell_command(record, where, debian), *(command or ("bash",))]
    if not as_json:
        sys.stdout.flush()
        return subprocess.run(argv, check=False).returncode
    if not command:
        raise click.UsageError("--json needs a COMMAND whose output it can tell.", click.get_current_context())
    done = subprocess.run(argv, check=False, capture_output=True, text=True, errors="replace")
    options.print_json("shell", {"exit_code": done.returncode, "stdout": done.stdout, "stderr": done.stderr})
    return done.returncode


def _shell_command(record: LabRecord, where: str, debian: int | None) -> list[str]:
    if shutil.which(record.engine) is None:
        raise InputError(f"a shell in a container takes the command {record.engine}, which is not installed here")
    places = {place.debian: place.container for place in record.mail_hosts}
    if where == "mail" and debian is not None and debian not in places:
        raise InputError(f"no mail host with Debian {debian} stands; there are {', '.join(map(str, places))}")
    container = record.internet if where == "internet" else places[debian or next(iter(places))]
    terminal = os.isatty(0) and os.isatty(1)
    return [*engine_command(record), "exec", "-it" if terminal else "-i", container]
