"""`sweep`: a scenario once more for each of its DNS questions, and that question fails."""

from __future__ import annotations

import click

from lab.cli import options
from lab.cli.run import PYTEST, USAGE, USAGE_CODES
from lab.engine.client import EngineName


@click.command()
@click.argument("scenario")
@click.option("--fault", "faults", multiple=True, metavar="KIND", help="Only this kind of fault; may be repeated.")
@click.option("--all-faults", is_flag=True, help="Every kind of fault that there is, instead of the usual five.")
@options.debian
@options.engine
@options.as_json
def sweep(
    scenario: str, faults: tuple[str, ...], all_faults: bool, debian: str, engine: EngineName | None, as_json: bool
) -> int:
    """Run a scenario, a file or a folder of them, then again with each of its DNS questions failing in turn.

    A table of question and fault says what became of the mail. Exit code 1 if an outage turned into a refusal for
    good or into an open door, 3 if the lab could not see something.
    """
    import pytest  # noqa: PLC0415

    from lab.sweep import command  # noqa: PLC0415
    from lab.sweep.sweep import kinds_of  # noqa: PLC0415

    kinds = kinds_of(faults, every=all_faults)
    arguments = [*PYTEST, "-s", "--lab-debian", debian, *(["--lab-engine", engine] if engine else []), scenario]
    code = command.run(pytest.main, arguments, kinds, json=as_json)
    return USAGE if code in USAGE_CODES else code
