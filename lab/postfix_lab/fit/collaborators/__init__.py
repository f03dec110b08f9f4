"""The programs beside Postfix. Adding one is a module here, and its line in `COLLABORATORS`."""

from __future__ import annotations

from collections.abc import Iterable

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Choices, DeliveryMode, StandIns
from postfix_lab.fit.collaborators.collaborator import Collaborator
from postfix_lab.fit.collaborators.dovecot import Dovecot
from postfix_lab.fit.collaborators.policyd_spf import PolicydSpf
from postfix_lab.fit.collaborators.postgrey import Postgrey
from postfix_lab.fit.collaborators.stubs import Manner, Stubs
from postfix_lab.text import did_you_mean

COLLABORATORS: tuple[Collaborator, ...] = (PolicydSpf(), Postgrey(), Dovecot(), Stubs())
"""In the order in which they are called; the others may add stubs, so `Stubs` comes last."""


def stand_ins(role: str) -> tuple[str, ...]:
    """The words for `milter`, `policy` or `filter` in a scenario: a stub's behaviour, or the name of a collaborator."""
    return (*Manner, *(collaborator.name for collaborator in COLLABORATORS if role in collaborator.roles))


def chosen_collaborator(choices: Choices, role: str) -> Collaborator | None:
    """The collaborator that the scenario has chosen by name for a role; None if it has chosen none."""
    fitting = (collaborator for collaborator in COLLABORATORS if role in collaborator.roles)
    return next((collaborator for collaborator in fitting if getattr(choices, role) == collaborator.name), None)


def further_packages(choices: Choices) -> tuple[str, ...]:
    """The packages that a scenario's collaborators need and that the default image does not have, sorted."""
    chosen = (collaborator for collaborator in COLLABORATORS if collaborator.is_chosen(choices))
    lacking = (collaborator.packages for collaborator in chosen if not collaborator.in_default_image)
    return tuple(sorted({package for packages in lacking for package in packages}))


def check_choices(choices: Choices) -> None:
    """Raise `InputError` for an unknown word in a choice."""
    _check_word("delivery", choices.delivery, DeliveryMode)
    _check_word("stand_ins", choices.stand_ins, StandIns)
    for role in ("milter", "policy", "filter"):
        _check_word(role, getattr(choices, role), stand_ins(role))
    for collaborator in COLLABORATORS:
        if collaborator.modes is not None:
            _check_word(collaborator.keyword, getattr(choices, collaborator.keyword), collaborator.modes)


def _check_word(what: str, value: str, words: Iterable[str]) -> None:
    known = [str(word) for word in words]
    if value not in known:
        raise InputError(f"{what} cannot be {value!r}; {did_you_mean(value, known)}")
