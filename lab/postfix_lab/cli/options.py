"""What several commands share: their options, each declared once, and output to the user.

Results go to standard output, everything else to standard error.
"""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from postfix_lab.json_schema import schema_name
from postfix_lab.postfix.releases import RELEASES
from postfix_lab.text import printable_lines

_PATIENCE = 2.0
"""Seconds after which whoever waits is told for what."""
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

engine = click.option(
    "--engine",
    type=click.Choice(["docker", "podman"]),
    help="Which engine, where several answer; else the first that does.",
)
debian = click.option(
    "--debian", default="11,12,13", show_default=True, metavar="LIST", help="Debian releases, as in 12 or 11,13."
)
config = click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="A copy of /etc/postfix; else the seed configuration, whose own domain is lab.test.",
)
chroot = click.option(
    "--chroot",
    type=click.Choice(["packaged", "empty", "stale", "copied", "off"]),
    help="State of smtpd's chroot.  [packaged]",
)
stand_ins = click.option(
    "--stand-ins",
    type=click.Choice(["others", "all"]),
    help="all: also for what the configuration itself lacks.  [others]",
)
tables = click.option(
    "--tables",
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Entries of tables that nobody answers: a folder of CSV files, or a YAML file.",
)
at = click.option("--at", metavar="PATH", help="Where the folder is mounted on its host, besides /etc/postfix.")
define = click.option(
    "--define", multiple=True, metavar="NAME=VALUE", help="A value for a placeholder of the configuration; repeatable."
)
zones = click.option(
    "--zone", "zones", type=_FILE, multiple=True, metavar="FILE", help="A zone file (RFC 1035); may be repeated."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else, errors too.")


def releases(text: str) -> list[int]:
    """Return the releases that `--debian` names."""
    try:
        return [release(int(part)) for part in text.split(",")]
    except ValueError:
        raise click.BadParameter(
            f"takes a list of releases, as in 12 or 11,13; it was {text!r}.", param_hint="--debian"
        ) from None


def release(number: int) -> int:
    """Return the release; raises click.BadParameter if the lab has no mail host with it."""
    if number not in RELEASES:
        known = ", ".join(map(str, RELEASES))
        raise click.BadParameter(f"there is no Debian {number} here, but {known}.", param_hint="--debian")
    return number


def command_name() -> str:
    """Return the command's name, or its path if the shell would not find the same file by name."""
    return "postfix-lab" if shutil.which("postfix-lab") == sys.argv[0] else sys.argv[0]


def progress(text: str) -> None:
    """Print a progress message on standard error."""
    click.echo(printable_lines(text), err=True)


@contextmanager
def announce_wait(what: str) -> Iterator[None]:
    """Print on standard error what the command waits for, if it takes longer than two seconds."""
    timer = threading.Timer(_PATIENCE, progress, [f"... {what}"])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def print_json(output: str, value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line; its `schema` names the output, which `json_schemas.py` describes."""
    sys.stdout.write(json.dumps({"schema": schema_name(output), **value}) + "\n")
    sys.stdout.flush()
