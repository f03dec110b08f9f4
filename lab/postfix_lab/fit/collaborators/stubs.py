"""Stubs: `inside/mailhost/stub.py` in place of milters, policy services and LMTP servers that are not in the lab."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum

from postfix_lab.fit.collaborators.collaborator import Collaborator, Daemon
from postfix_lab.fit.draft import Draft
from postfix_lab.fit.programs import STUB

LISTEN = ("/usr/bin/python3", "-IS", STUB, "listen")


class Manner(StrEnum):
    """How a stub behaves that stands for a milter or a policy service."""

    ACCEPT = "accept"
    REJECT = "reject"
    TEMPFAIL = "tempfail"
    HANG = "hang"
    """It takes the connection and never answers."""
    ABSENT = "absent"
    """Nothing listens there."""
    WRONG_OWNER = "wrong-owner"
    """Its socket belongs to root alone, so that Postfix may not connect; of TCP there is no owner."""


_LISTENING = frozenset(Manner) - {Manner.ABSENT}
_FAILING = frozenset(Manner) - {Manner.ACCEPT}


class Stubs(Collaborator):
    """All stubs of a configuration, in one process. They have no state and log nothing."""

    name = "stubs"
    in_default_image = True

    def objection(self, draft: Draft) -> str:
        """Each but one that accepts refuses good mail, or has Postfix refuse it."""
        failing = (stub for stub in draft.stubs.values() if stub.mode in _FAILING)
        return next((f"the scenario wants a {stub.role} that says {stub.mode}" for stub in failing), "")

    def finish(self, draft: Draft, debian: int) -> Daemon | None:
        """Listen where no other collaborator does; the list of collaborators has the stubs at its end."""
        del debian
        wanted = [stub for stub in draft.stubs.values() if stub.mode in _LISTENING]
        if not wanted:
            return None
        line = json.dumps([asdict(stub) for stub in wanted])
        return Daemon(self.name, LISTEN, sockets=tuple(stub.listen for stub in wanted), line=line)
