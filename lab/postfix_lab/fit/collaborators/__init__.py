"""The programs beside Postfix. Adding one is a module here, and its line in `COLLABORATORS`."""

from __future__ import annotations

from collections.abc import Iterable

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Choices, Delivery
from postfix_lab.fit.collaborators.collaborator import Collaborator
from postfix_lab.fit.collaborators.dovecot import Dovecot
from postfix_lab.fit.collaborators.policyd_spf import PolicydSpf
from postfix_lab.fit.collaborators.postgrey import Postgrey
from postfix_lab.fit.collaborators.stubs import Manner, Stubs
from postfix_lab.text import did_you_mean

COLLABORATORS: tuple[Collaborator, ...] = (PolicydSpf(), Postgrey(), Dovecot(), Stubs())
"""In the order in which they are asked; the others may leave a stub in their place, so the stubs come last."""


def stand_ins(role: str) -> tuple[str, ...]:
    """The words that a scenario may have for `milter` or `policy`: how a stub behaves, or who is there instead."""
    return (*Manner, *(one.name for one in COLLABORATORS if role in one.roles))


def chosen(choices: Choices, role: str) -> Collaborator | None:
    """The collaborator that stands in for each of that role, if the scenario has chosen one by its name."""
    return next((one for one in COLLABORATORS if role in one.roles and getattr(choices, role) == one.name), None)


def further_packages(choices: Choices) -> tuple[str, ...]:
    """The packages that a scenario's collaborators need and the default image of a mail host lacks, sorted."""
    lacking = (one for one in COLLABORATORS if not one.in_default_image and one.chosen(choices))
    return tuple(sorted({package for one in lacking for package in one.packages}))


def examine(choices: Choices) -> None:
    """Raise `InputError` at a word of a choice that means nothing."""
    _known("delivery", choices.delivery, Delivery)
    for role in ("milter", "policy"):
        _known(role, getattr(choices, role), stand_ins(role))
    for one in COLLABORATORS:
        if one.fares is not None:
            _known(one.keyword, getattr(choices, one.keyword), one.fares)


def _known(what: str, value: str, words: Iterable[str]) -> None:
    known = [str(word) for word in words]
    if value not in known:
        raise InputError(f"{what} cannot be {value!r}; {did_you_mean(value, known)}")
