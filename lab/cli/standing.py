"""`up`, `down`: the lab that stays."""

from __future__ import annotations

import click

from lab.cli import options
from lab.engine.client import EngineName
from lab.paths import EVIDENCE


@click.command()
@options.debian
@options.engine
@options.as_json
def up(debian: str, engine: EngineName | None, as_json: bool) -> None:
    """Start a lab that stays until `postfix-lab down`, and say how to walk around in it."""
    from lab import standing  # noqa: PLC0415

    text = standing.up(EVIDENCE, options.releases(debian), engine, options.progress)
    if as_json:
        options.print_json({"text": text})
    else:
        click.echo(text)


@click.command()
@options.as_json
def down(as_json: bool) -> None:
    """Remove the lab that `up` started; evidence stays."""
    from lab import standing  # noqa: PLC0415

    text = standing.down(EVIDENCE)
    if as_json:
        options.print_json({"text": text})
    else:
        click.echo(text)
