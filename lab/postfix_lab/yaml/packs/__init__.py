"""Packs: scenarios in YAML that ship with the lab and are true for any sane configuration."""

from __future__ import annotations

from pathlib import Path

from postfix_lab.errors import InputError
from postfix_lab.text import did_you_mean, printable

_FOLDER = Path(__file__).parent
UPGRADE = "upgrade"
"""The pack that has no scenarios of its own: it compares those of others on each release."""


def pack_names() -> tuple[str, ...]:
    """The packs that there are."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def to_compare(names: tuple[str, ...], *, besides: bool) -> tuple[str, ...]:
    """The packs that `upgrade` compares: those that are named with it, or all, if nothing else is (`besides`)."""
    others = tuple(name for name in names if name != UPGRADE)
    return others if others or besides else pack_names()


def pack_file(name: str) -> Path:
    """The file of a pack; InputError names the one that was probably meant."""
    names = pack_names()
    if name not in names:
        raise InputError(f"there is no pack {printable(name)!r}; {did_you_mean(name, (*names, UPGRADE))}")
    return _FOLDER / f"{name}.yaml"
