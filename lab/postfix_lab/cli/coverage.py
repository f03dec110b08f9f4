"""`coverage`: show again what the last `run --coverage` covered."""

from __future__ import annotations

import click

from postfix_lab.cli import options
from postfix_lab.paths import EVIDENCE
from postfix_lab.report import coverage_table as report


@click.command()
@click.option("--annotated", is_flag=True, help="As the configuration's own files, each line with its counts.")
@options.as_json
def coverage(*, annotated: bool, as_json: bool) -> None:
    """Show once more what the last `run --coverage` covered; needs no engine."""
    covered = report.load_coverage(EVIDENCE / "latest" / report.FOLDER)
    if as_json:
        options.print_json("coverage", report.coverage_data(covered))
    elif annotated:
        files = ((one, file) for one in covered for file in ("main.cf", "master.cf"))
        click.echo("\n".join(f"{one.configuration}: {file}\n{report.annotate(one, file)}" for one, file in files))
    else:
        click.echo(report.coverage_text(covered, overrides=True))
