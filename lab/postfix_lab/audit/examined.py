"""What was seen of a configuration that was started and tried: frozen, so that it can cross to whoever asked."""

from __future__ import annotations

from dataclasses import dataclass

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.postfix.configuration import Configured

CHECK = "postfix check"


@dataclass(frozen=True)
class CommandOutput:
    """What a command of Postfix said on its terminal."""

    about: str
    """The file that it is about, by its path in the mail host; or `postfix check`."""
    text: str


@dataclass(frozen=True)
class Examined:
    """Everything that a check saw; of a configuration that does not start there is nothing but that."""

    refused: str = ""
    """Why Postfix did not start, in its own words, where they name no line."""
    evidence: Evidence | None = None
    """The sessions of the plan, in its order, and all that was logged from the start on."""
    configured: Configured | None = None
    mynetworks: str = ""
    """What postconf(1) makes of it, its default too."""
    complaints: tuple[CommandOutput, ...] = ()
    """What `postfix check`, postmap(1) and postalias(1) printed."""
    sockets: tuple[str, ...] = ()
    """For each socket of the plan what connecting to it said; empty where it succeeded."""
    copies: tuple[str, ...] = ()
    """For each file of the plan that the chroot needs a copy of: `missing`, `stale` or nothing."""
    tables: tuple[str, ...] = ()
    """For each table of the plan what a lookup complained of."""
