"""`check`: start a configuration, hold sessions with it, and report what is wrong, with line and remedy."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from postfix_lab.audit import audit_report
from postfix_lab.audit.examined import Examination
from postfix_lab.audit.finding import AuditFinding, FindingKind
from postfix_lab.audit.findings import judge, refusal_findings
from postfix_lab.cli import lab_access, options
from postfix_lab.errors import InputError, PostfixError
from postfix_lab.fit.chroot import Chroot
from postfix_lab.paths import CONFIGURATIONS, EVIDENCE
from postfix_lab.report.colour import wants_colour
from postfix_lab.runtime.target import Target
from postfix_lab.serialization import to_json
from postfix_lab.standing.access import any_lab, find_standing, preferred_release

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName
    from postfix_lab.runtime.setup import Setup

_FOUND, _TROUBLE = 1, 3
_SEED = "seed"
_folder = click.Path(path_type=Path, exists=True, file_okay=False)
_kinds = click.Choice([str(kind) for kind in FindingKind])


@click.command()
@click.argument("folder", required=False, metavar="[DIR]", type=_folder)
@click.option("--ignore", multiple=True, type=_kinds, metavar="KIND", help="Leave out such findings; repeatable.")
@click.option("--full", is_flag=True, help="Each note, all evidence, and every single thing that was replaced.")
@options.chroot
@options.stand_ins
@options.tables
@options.at
@options.define
@click.option("--debian", type=int, metavar="RELEASE", help="Debian of the mail host.  [12, or what stands]")
@options.engine
@options.as_json
def check(
    folder: Path | None, ignore: tuple[str, ...], chroot: str | None, stand_ins: str | None,
    tables: Path | None, at: str | None, define: tuple[str, ...], debian: int | None, engine: EngineName | None,
    full: bool, as_json: bool,
) -> int:  # fmt: skip
    """Start the configuration in DIR, hold sessions with it, try to relay and to log in, and look at its files.

    DIR is a copy of /etc/postfix, without one it is what `up` was given, else the seed configuration. Each finding
    has file and line and says what to do; docs/findings.md has the reasons. Exit code 0: nothing that matters; 1:
    findings; 3: the lab did not see all.
    """
    chosen = {"chroot": chroot, "stand_ins": stand_ins, **lab_access.changes(tables, at, define)}
    setup, examined, findings = _examine(folder, chosen, debian, engine)
    findings = tuple(one for one in findings if one.kind not in ignore)
    evidence = examined.evidence
    trouble = evidence.trouble if evidence else ()
    status = _FOUND if any(one.matters for one in findings) else _TROUBLE if trouble else 0
    _print_result(str(folder or setup.configuration), examined, findings, status, full=full, as_json=as_json)
    return status


def _examine(
    folder: Path | None, chosen: Mapping[str, Any], debian: int | None, engine: EngineName | None
) -> tuple[Setup, Examination, tuple[AuditFinding, ...]]:
    """Return the setup, the results of trying it, and the findings."""
    found = find_standing(EVIDENCE, engine, options.progress)
    own = {} if folder else lab_access.standing_changes(found)
    setup = _setup(folder or (Path(found.configuration) if found else None), {**own, **chosen})
    release = options.release(debian) if debian else preferred_release(found)
    target = Target(release, setup)
    try:
        setup.fit(release)
        lab_here = any_lab(EVIDENCE, target, engine, options.progress)
        with lab_here as lab, options.announce_wait("it is being tried"):
            examined = lab.examine(target)
        for note in lab.notes:
            options.progress(f"=== {note}")
    except PostfixError as error:
        examined = Examination(refused=str(error))
    except InputError as error:
        if not (told := refusal_findings(setup, error)):
            raise
        return setup, Examination(), told
    return setup, examined, judge(setup, examined)


def _setup(folder: Path | None, chosen: Mapping[str, Any]) -> Setup:
    own: dict[str, Any] = {name: word for name, word in chosen.items() if word}
    if "chroot" in own:
        own["chroot"] = Chroot(own["chroot"])
    return lab_access.setup(None if folder == CONFIGURATIONS / _SEED else folder, trace=True, canary=None, **own)


def _print_result(
    folder: str, examined: Examination, findings: tuple[AuditFinding, ...], status: int, *, full: bool, as_json: bool
) -> None:
    evidence = examined.evidence
    facts = evidence.mail_host if evidence else None
    trouble = evidence.trouble if evidence else ()
    if as_json:
        options.print_json(
            "check",
            {
                "configuration": folder,
                "exit_code": status,
                "findings": audit_report.data(findings, folder),
                "trouble": list(trouble),
                "mail_host": to_json(facts) if facts else None,
            },
        )
        return
    told = audit_report.lines(
        folder, findings, facts, trouble, colour=wants_colour(sys.stdout), full=full, width=_width()
    )
    click.echo("\n".join(told))


def _width() -> int:
    """Return the columns of the terminal, or COLUMNS; into a file or a pipe each finding is one line."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return sys.maxsize
    return max(40, shutil.get_terminal_size((audit_report.WIDTH, 24)).columns)
