"""The command `postfix-lab`: a thin door to the same rooms as the pytest plugin."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lab.ahead import LabAhead
from lab.engine.client import EngineName
from lab.errors import LabError
from lab.mailhost.host import RELEASES
from lab.paths import EVIDENCE, ROOT

_USAGE = 2
_PYTEST_USAGE, _PYTEST_NOTHING = 4, 5

_PYTEST = ("-q", "-o", "console_output_style=classic", "--tb=short", "--lab-lines", "-p", "no:hypothesispytest")

_engine = click.option(
    "--engine",
    type=click.Choice(["docker", "podman"]),
    help="Which engine, where several answer; else the first that does.",
)
_debian = click.option(
    "--debian", default="11,12,13", show_default=True, metavar="LIST", help="Debian releases, as in 12 or 11,13."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="postfix-lab", prog_name="postfix-lab")
def cli() -> None:
    """Real Debian Postfix hosts on a fake Internet, and what they say to whom."""


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-k", "keyword", metavar="EXPRESSION", help="Only scenarios whose name matches, as in pytest -k.")
@click.option("-n", "workers", type=click.IntRange(min=1), help="How many labs side by side (default: one).")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write a JUnit XML report.")
@click.option("--keep", is_flag=True, help="Keep the containers when the run is over.")
@_debian
@_engine
def run(
    paths: tuple[Path, ...],
    keyword: str | None,
    workers: int | None,
    junit: Path | None,
    keep: bool,
    debian: str,
    engine: EngineName | None,
) -> None:
    """Run scenarios: files, folders or pytest ids; without any, the suite of this project.

    One line a scenario, then a table by Debian release and chroot state. Exit code 0 only if all passed,
    1 if one failed or could not be judged, 2 for a mistake in the call, 3 if the lab itself broke.
    """
    try:
        releases = [int(part) for part in debian.split(",")]
    except ValueError:
        releases = []  # The plugin says what is wrong with it.
    ahead = None if workers else LabAhead(engine, [d for d in releases if d in RELEASES], _progress, kept=keep)
    if ahead:
        ahead.wait()
    import pytest  # noqa: PLC0415 - while it loads, the containers start

    chosen = [str(path) for path in paths] or [str(ROOT / "tests" / "scenarios")]
    arguments = [*_PYTEST, "--lab-debian", debian, *chosen]
    arguments += ["-k", keyword] if keyword else []
    arguments += ["-n", str(workers), "--dist", "loadgroup"] if workers else []
    arguments += ["--junitxml", str(junit)] if junit else []
    arguments += ["--lab-keep"] if keep else []
    arguments += ["--lab-engine", engine] if engine else []
    try:
        code = int(pytest.main(arguments, plugins=[ahead] if ahead else []))
    finally:
        if ahead:
            ahead.close()
    if code == _PYTEST_NOTHING:
        click.echo(
            f"No scenario was found in {', '.join(chosen)}" + (f" that matches {keyword!r}." if keyword else "."),
            err=True,
        )
    sys.exit(_USAGE if code in (_PYTEST_USAGE, _PYTEST_NOTHING) else code)


@cli.command()
@click.option("--suite", "suites", multiple=True, type=click.Choice(["rfc7208", "rfc4408"]), help="Only that one.")
@click.option("--json", "as_json", is_flag=True, help="Print every case as JSON.")
@click.option("--write", is_flag=True, help="Write what was seen into docs/conformance.md.")
@_debian
@_engine
def conformance(suites: tuple[str, ...], as_json: bool, write: bool, debian: str, engine: EngineName | None) -> None:
    """Run the SPF test suites of RFC 7208 and RFC 4408 through real mail hosts (`make suite` fetches them).

    Exit code 1 when a case differs without a cause, or otherwise than docs/conformance.md says.
    """
    from lab.conformance import command  # noqa: PLC0415

    outcomes = command.run(suites or command.SUITES, _releases(debian), engine, _progress)
    if write:
        command.write(outcomes)
    click.echo(command.as_json(outcomes) if as_json else command.summary(outcomes))
    grief = command.grief(outcomes)
    for text in grief:
        _progress(text)
    sys.exit(bool(grief))


@cli.command()
@_debian
@_engine
def up(debian: str, engine: EngineName | None) -> None:
    """Start a lab that stays until `postfix-lab down`, and say how to walk around in it."""
    from lab import standing  # noqa: PLC0415

    click.echo(standing.up(EVIDENCE, _releases(debian), engine, _progress))


@cli.command()
def down() -> None:
    """Remove the lab that `up` started; evidence stays."""
    from lab import standing  # noqa: PLC0415

    click.echo(standing.down(EVIDENCE))


@cli.command()
@_engine
def clean(engine: EngineName | None) -> None:
    """Remove every container that a lab left on this engine, and a standing lab with them."""
    from lab import standing  # noqa: PLC0415
    from lab.engine import cleanup  # noqa: PLC0415
    from lab.engine.client import connect  # noqa: PLC0415

    standing.down(EVIDENCE)
    removed = cleanup.remove_all(connect(engine))
    click.echo("\n".join(f"removed {name}" for name in removed) or "Nothing was left behind.")


@cli.command()
@_engine
def doctor(engine: EngineName | None) -> None:
    """Look whether a lab can run here: a line for each thing; exit code 1 on a blocker."""
    from lab.doctor import examine  # noqa: PLC0415

    lines = examine(engine)
    for line in lines:
        click.echo(f"{line.state:<8} {line.what}" + (f"\n         {line.remedy}" if line.remedy else ""))
    sys.exit(any(line.state == "blocker" for line in lines))


def _releases(debian: str) -> list[int]:
    try:
        return [int(part) for part in debian.split(",")]
    except ValueError:
        raise click.BadParameter(
            f"takes a list of releases, as in 12 or 11,13; it was {debian!r}.", param_hint="--debian"
        ) from None


def _progress(text: str) -> None:
    click.echo(text, err=True)


def main(arguments: list[str] | None = None) -> None:
    """The entry point: errors of the lab are sentences with an exit code, never tracebacks."""
    try:
        cli.main(args=arguments, prog_name="postfix-lab")
    except LabError as error:
        click.echo(f"postfix-lab: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
