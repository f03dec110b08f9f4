"""`conformance`: the SPF test suites through real mail hosts."""

from __future__ import annotations

import click

from postfix_lab.cli import options
from postfix_lab.conformance import conformance_command
from postfix_lab.engine.client import EngineName


@click.command()
@click.option("--suite", "suites", multiple=True, type=click.Choice(["rfc7208", "rfc4408"]), help="Only that one.")
@click.option("--write", is_flag=True, help="Write what was seen into docs/conformance.md.")
@options.debian
@options.engine
@options.as_json
def conformance(suites: tuple[str, ...], write: bool, debian: str, engine: EngineName | None, as_json: bool) -> int:
    """Run the SPF test suites of RFC 7208 and RFC 4408 through real mail hosts (`make suite` fetches them).

    Exit code 1 when a case differs without a cause, or otherwise than docs/conformance.md says.
    """
    wanted = suites or conformance_command.SUITES
    outcomes = conformance_command.run(wanted, options.releases(debian), engine, options.progress)
    if write:
        conformance_command.write(outcomes)
    click.echo(conformance_command.as_json(outcomes) if as_json else conformance_command.summary(outcomes))
    failures = conformance_command.failures(outcomes)
    for text in failures:
        options.progress(text)
    return int(bool(failures))
