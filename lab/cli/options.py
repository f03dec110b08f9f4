"""What several commands share: options that are declared once, and how they speak to whoever typed them.

Results go to standard output, everything else to standard error.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import click

engine = click.option(
    "--engine",
    type=click.Choice(["docker", "podman"]),
    help="Which engine, where several answer; else the first that does.",
)
debian = click.option(
    "--debian", default="11,12,13", show_default=True, metavar="LIST", help="Debian releases, as in 12 or 11,13."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else, errors too.")


def releases(text: str) -> list[int]:
    """The releases that `--debian` names; whether there are such is for the lab to say."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise click.BadParameter(
            f"takes a list of releases, as in 12 or 11,13; it was {text!r}.", param_hint="--debian"
        ) from None


def progress(text: str) -> None:
    """Say what goes on."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    """One JSON value on a line of its own."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
