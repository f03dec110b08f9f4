"""`run`: run scenarios with pytest, and print a line for each and a table."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from postfix_lab.cli import options
from postfix_lab.errors import InputError
from postfix_lab.paths import ROOT
from postfix_lab.postfix.releases import RELEASES
from postfix_lab.runtime.startup.ahead import LabAhead
from postfix_lab.text import printable
from postfix_lab.yaml.packs import UPGRADE, pack_file, to_compare

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName

USAGE = 2
_TWO = 2
_PYTEST_FAILED, _PYTEST_USAGE, _PYTEST_NOTHING = 1, 4, 5
USAGE_CODES = (_PYTEST_USAGE, _PYTEST_NOTHING)
"""What pytest ends with where the call was a mistake."""

_LABS_A_PROCESSOR = 2
"""A lab mostly waits: for greet delays, for resolvers that give up, for the limits of a policy service."""
_LABS_AT_MOST = 12

QUIET = ("-q", "-o", "console_output_style=classic", "--tb=no", "--no-summary", "-p", "no:hypothesispytest")
"""Dots alone: what is shown of the scenarios comes afterwards."""
PYTEST = ("-q", "-o", "console_output_style=classic", "--tb=short", "--lab-lines", "-p", "no:hypothesispytest")


class Workers(click.IntRange):
    """A number of labs, or `auto`."""

    name = "number"

    def __init__(self) -> None:
        super().__init__(min=1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number, or for `auto` one that suits the processors available to this process."""
        if value == "auto":
            return min(_LABS_A_PROCESSOR * len(os.sched_getaffinity(0)), _LABS_AT_MOST)
        return int(super().convert(value, param, ctx))


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-k", "keyword", metavar="EXPRESSION", help="Only scenarios whose name matches, as in pytest -k.")
@click.option(
    "-n",
    "workers",
    type=Workers(),
    metavar="N|auto",
    help="How many labs side by side (default: one); auto: two a processor, twelve at most.",
)
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write a JUnit XML report.")
@click.option("--pack", "packs", multiple=True, metavar="NAME", help="Scenarios that ship with the lab; repeatable.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The configuration for scenarios that name none: a folder with main.cf and master.cf.",
)
@click.option("--chroot", metavar="STATE", help="The chroot state for scenarios that name none, or `matrix` for all.")
@click.option(
    "--stand-ins",
    "stand_ins",
    type=click.Choice(["others", "all"]),
    help="all: for scenarios that do not say, also for what the configuration itself lacks.  [others]",
)
@options.tables
@options.at
@options.define
@click.option("--keep", is_flag=True, help="Keep the containers when the run is over.")
@click.option(
    "--explain",
    type=click.Choice(["failed", "all"]),
    help="Say which restriction decided, and where mail went: of scenarios that did not pass, or of all.",
)
@click.option("--coverage", is_flag=True, help="Count which restrictions were evaluated, and which decided.")
@click.option(
    "--coverage-threshold",
    "threshold",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail where fewer of the restrictions were evaluated; asks for --coverage.",
)
@options.debian
@options.engine
@options.as_json
def run(
    paths: tuple[Path, ...],
    keyword: str | None,
    workers: int | None,
    junit: Path | None,
    packs: tuple[str, ...],
    config: Path | None,
    chroot: str | None,
    stand_ins: str | None,
    tables: Path | None,
    at: str | None,
    define: tuple[str, ...],
    keep: bool,
    explain: str | None,
    coverage: bool,
    threshold: float | None,
    debian: str,
    engine: EngineName | None,
    as_json: bool,
) -> int:
    """Run scenarios, in Python or YAML: files, folders or pytest ids; without any, the suite of this project.

    One line a scenario, then a table by Debian release and chroot state. Exit code 0 only if all passed,
    1 if one failed or could not be judged, 2 for a mistake in the call, in a test or in a configuration,
    3 if the lab itself broke.
    `--pack upgrade` shows instead what ends differently on the releases, of all packs or of what is named besides.
    """
    comparing, different = UPGRADE in packs, dict[str, object]()
    if comparing:
        packs = _to_compare(packs, debian, paths)
    chosen = [*map(str, paths), *(str(pack_file(name)) for name in packs)] or [str(ROOT / "tests" / "scenarios")]
    for path in paths:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise InputError("it is neither a file nor a folder; name scenarios", printable(str(path)))
    try:
        releases = [int(part) for part in debian.split(",")]
    except ValueError:
        releases = []  # The plugin reports what is wrong with it.
    ahead = None if workers else LabAhead(engine, [d for d in releases if d in RELEASES], options.progress, kept=keep)
    with contextlib.closing(ahead) if ahead else contextlib.nullcontext():
        if ahead:
            ahead.wait()
        from postfix_lab.cli.rows import Rows, RunOutput, run_pytest  # noqa: PLC0415 - docs/startup.md

        arguments = [*(QUIET if comparing else PYTEST), "--lab-debian", debian, *chosen]
        arguments += ["--lab-coverage"] if coverage else []
        arguments += ["--lab-explain", explain] if explain else []
        arguments += ["--lab-coverage-threshold", str(threshold)] if threshold is not None else []
        arguments += ["-k", keyword] if keyword else []
        arguments += ["-n", str(workers), "--dist", "loadgroup", "--no-loadscope-reorder"] if workers else []
        arguments += ["--junitxml", str(junit)] if junit else []
        named = {"config": config, "chroot": chroot, "stand_ins": stand_ins, "tables": tables, "at": at}
        arguments += _lab_options(**named, engine=engine, keep=keep)
        arguments += [word for pair in define for word in ("--lab-define", pair)]
        rows, heard = Rows(), RunOutput()
        with heard.capture() if as_json else contextlib.nullcontext():
            code = run_pytest(arguments, [rows, ahead] if ahead else [rows])
    if code == _PYTEST_NOTHING:
        nothing = f"No scenario was found in {', '.join(chosen)}" + (f" that matches {keyword!r}." if keyword else ".")
        heard.write(f"ERROR: {nothing}\n") if as_json else click.echo(nothing, err=True)
    idle = rows.idle_sentence() if code == 0 else ""
    if idle:
        heard.write(f"ERROR: {idle}\n") if as_json else click.echo(idle, err=True)
        code = _PYTEST_FAILED if rows.rows else _PYTEST_NOTHING
    mistaken = code == _PYTEST_FAILED and bool(rows.mistakes)
    status = USAGE if mistaken or code in USAGE_CODES else code
    if comparing:
        different = rows.comparison(as_json=as_json)
    rows.conclude(() if comparing or as_json else packs)
    if as_json:
        message = rows.mistakes[0] if mistaken else heard.complaint
        error = {"error": {"message": message, "exit_code": status}} if status > 1 or idle else {}
        options.print_json("run", {**error, **different, "scenarios": rows.found, "exit_code": status})
    return status


def _to_compare(packs: tuple[str, ...], debian: str, paths: tuple[Path, ...]) -> tuple[str, ...]:
    if len(set(debian.split(","))) < _TWO:
        raise InputError("the pack `upgrade` compares releases; name two or more, as in --debian 12,13")
    return to_compare(packs, besides=bool(paths))


def _lab_options(*, keep: bool, **named: Path | str | None) -> list[str]:
    """Return the options for the plugin."""
    given = [word for name, value in named.items() if value for word in (f"--lab-{name.replace('_', '-')}", str(value))]
    return [*given, *(["--lab-keep"] if keep else [])]
