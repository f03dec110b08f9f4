"""Checks the machine for `postfix-lab doctor`: one line for each thing that a lab needs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from postfix_lab.engine import cleanup, images
from postfix_lab.engine.client import connect
from postfix_lab.errors import EngineError

if TYPE_CHECKING:
    from postfix_lab.engine.client import Engine


@dataclass(frozen=True)
class DiagnosisLine:
    """One finding; `blocker` means that no scenario can run, `remedy` is what to do about it."""

    state: Literal["ok", "warn", "blocker"]
    what: str
    remedy: str = ""


def diagnose(engine: str | None = None) -> list[DiagnosisLine]:
    """Report whether an engine answers, and the state of images and containers there; changes nothing."""
    try:
        found = connect(engine)
    except EngineError as error:
        what, _, remedy = str(error).partition("). ")
        return [DiagnosisLine("blocker", f"{what}).", remedy)]
    place = DiagnosisLine("ok", f"{found.name} {found.version} answers at {found.url}")
    return [place, _images(found), _leftovers(found)]


def _images(engine: Engine) -> DiagnosisLine:
    absent = images.missing_images(engine)
    if not absent:
        return DiagnosisLine("ok", f"all {len(images.IMAGES)} images are there")
    maker = "" if shutil.which("mmdebstrap") else " (without a registry that takes mmdebstrap, which is not installed)"
    what = f"not built yet: {', '.join(absent)}{maker}"
    return DiagnosisLine("warn", what, "The next run builds them, or `make images` does.")


def _leftovers(engine: Engine) -> DiagnosisLine:
    left = cleanup.find_abandoned(engine)
    if not left:
        return DiagnosisLine("ok", "no container of a dead run is left")
    remedy = "The next run removes them, or `make clean` does."
    return DiagnosisLine("warn", f"left by dead runs: {', '.join(left)}", remedy)
