"""`doctor`, `clean`: whether a lab can run on this machine, and the removal of what labs left on it."""

from __future__ import annotations

from dataclasses import asdict

import click

from postfix_lab.cli import options
from postfix_lab.engine import cleanup
from postfix_lab.engine.client import EngineName, connect
from postfix_lab.paths import EVIDENCE
from postfix_lab.standing import keeper
from postfix_lab.standing.doctor import examine


@click.command()
@options.engine
@options.as_json
def doctor(engine: EngineName | None, as_json: bool) -> int:
    """Look whether a lab can run here: a line for each thing; exit code 1 on a blocker."""
    with options.announce_wait("a mail host is tried"):
        lines = examine(EVIDENCE, engine, options.progress)
    if as_json:
        options.print_json("doctor", {"lines": [asdict(line) for line in lines]})
    else:
        for line in lines:
            click.echo(f"{line.state:<8} {line.what}" + (f"\n         {line.remedy}" if line.remedy else ""))
    return int(any(line.state == "blocker" for line in lines))


@click.command()
@options.engine
@options.as_json
def clean(engine: EngineName | None, as_json: bool) -> None:
    """Remove every container that a lab left on this engine, and a standing lab with them."""
    with options.announce_wait("containers are being removed"):
        keeper.down(EVIDENCE, options.progress)
        removed = cleanup.remove_all(connect(engine))
    if as_json:
        options.print_json("clean", {"removed": removed})
    else:
        click.echo("\n".join(f"removed {name}" for name in removed) or "Nothing was left behind.")
