"""The results of trying a configuration: frozen data, so that the keeper can send it to its client."""

from __future__ import annotations

from dataclasses import dataclass

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.postfix.configuration import Configured

CHECK = "postfix check"


@dataclass(frozen=True)
class CommandOutput:
    """The terminal output of a command of Postfix."""

    about: str
    """The file that it is about, as a path in the mail host; or `postfix check`."""
    text: str


@dataclass(frozen=True)
class Examination:
    """The results of a check; if the configuration did not start, only `refused` is set."""

    refused: str = ""
    """Why Postfix did not start, in its own words, where they name no line."""
    evidence: Evidence | None = None
    """The sessions of the plan, in its order, and the log since the start of Postfix."""
    configured: Configured | None = None
    mynetworks: str = ""
    """The value that postconf(1) reports, which may be the default."""
    complaints: tuple[CommandOutput, ...] = ()
    """What `postfix check`, postmap(1) and postalias(1) printed."""
    sockets: tuple[str, ...] = ()
    """For each socket of the plan the error of connecting to it; empty if that succeeded."""
    copies: tuple[str, ...] = ()
    """For each file of the plan that the chroot needs: `missing`, `stale`, or empty if its copy is current."""
    tables: tuple[str, ...] = ()
    """For each table of the plan the messages of a lookup."""
