"""Packs: YAML scenarios that ship with the lab and should pass with any sane configuration."""

from __future__ import annotations

from pathlib import Path

from postfix_lab.errors import InputError
from postfix_lab.text import did_you_mean, printable

_FOLDER = Path(__file__).parent
UPGRADE = "upgrade"
"""The pack that has no scenarios of its own: it compares those of others on each release."""


def pack_names() -> tuple[str, ...]:
    """Return the names of all packs."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def to_compare(names: tuple[str, ...], *, besides: bool) -> tuple[str, ...]:
    """Return the packs that `upgrade` compares: those named with it, else all unless paths are named (`besides`)."""
    others = tuple(name for name in names if name != UPGRADE)
    return others if others or besides else pack_names()


def pack_file(name: str) -> Path:
    """Return the file of a pack; raises InputError, with the closest name, if there is none."""
    names = pack_names()
    if name not in names:
        raise InputError(f"there is no pack {printable(name)!r}; {did_you_mean(name, (*names, UPGRADE))}")
    return _FOLDER / f"{name}.yaml"
