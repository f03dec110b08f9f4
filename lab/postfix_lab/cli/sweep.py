"""`sweep`: repeat a scenario for each of its DNS questions, with that question failing."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from postfix_lab.cli import options
from postfix_lab.cli.run import PYTEST, USAGE, USAGE_CODES
from postfix_lab.engine.client import EngineName
from postfix_lab.sweep import sweep_command
from postfix_lab.sweep.sweep import select_kinds
from postfix_lab.yaml.packs import pack_file


@click.command()
@click.argument("scenario", required=False)
@click.option("--pack", metavar="NAME", help="Scenarios that ship with the lab, in place of SCENARIO.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The configuration for scenarios that name none: a folder with main.cf and master.cf.",
)
@click.option("--fault", "faults", multiple=True, metavar="KIND", help="Only this kind of fault; may be repeated.")
@click.option("--all-faults", is_flag=True, help="Every kind of fault that there is, instead of the usual five.")
@options.debian
@options.engine
@options.as_json
def sweep(
    scenario: str | None,
    pack: str | None,
    config: Path | None,
    faults: tuple[str, ...],
    all_faults: bool,
    debian: str,
    engine: EngineName | None,
    as_json: bool,
) -> int:
    """Run a scenario, a file or a folder of them, then again with each of its DNS questions failing in turn.

    Scenarios may be in Python or YAML.

    A table of question and fault says what became of the mail. Exit code 1 if an outage turned into a refusal for
    good or into an open door, 3 if the lab could not see something.
    """
    if (scenario is None) == (pack is None):
        raise click.UsageError("name what is to be swept: a SCENARIO, or --pack NAME.", click.get_current_context())
    kinds = select_kinds(faults, every=all_faults)
    arguments = [*PYTEST, "-s", "--lab-debian", debian, *(["--lab-engine", engine] if engine else [])]
    arguments += ["--lab-config", str(config)] if config else []
    arguments.append(scenario or str(pack_file(str(pack))))
    code = sweep_command.run(pytest.main, arguments, kinds, json=as_json)
    return USAGE if code in USAGE_CODES else code
