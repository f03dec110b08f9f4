"""Stubs (`inside/mailhost/stub.py`) in place of milters, policy services, content filters and LMTP servers."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from typing import get_args

from postfix_lab.fit.collaborators.collaborator import Collaborator, Daemon
from postfix_lab.fit.draft import Draft
from postfix_lab.fit.filter_rules import refusing_rule
from postfix_lab.fit.programs import STUB
from postfix_lab.smtp.filter_request import FilterRole

LISTEN = ("/usr/bin/python3", "-IS", STUB, "listen")


class Manner(StrEnum):
    """How a stub for a milter, a policy service or a content filter behaves."""

    ACCEPT = "accept"
    REJECT = "reject"
    TEMPFAIL = "tempfail"
    HANG = "hang"
    """It accepts the connection and never answers."""
    ABSENT = "absent"
    """Nothing listens there."""
    WRONG_OWNER = "wrong-owner"
    """Only root may connect to its socket, so Postfix may not; a TCP socket has no owner."""


_LISTENING = frozenset(Manner) - {Manner.ABSENT}
_FAILING = frozenset(Manner) - {Manner.ACCEPT}


class Stubs(Collaborator):
    """All stubs of a configuration, in one process. They log nothing; what they record is forgotten before each run."""

    name = "stubs"
    in_default_image = True

    def objection(self, draft: Draft) -> str:
        """Every stub except one that accepts makes Postfix refuse good mail."""
        stubs = tuple(draft.stubs.values())
        said = [(stub.role, stub.mode) for stub in stubs if stub.mode in _FAILING]
        said += [(stub.role, rule) for stub in stubs if (rule := refusing_rule(stub.rules))]
        return next((f"the scenario wants a {role} that says {word}" for role, word in said), "")

    def finish(self, draft: Draft, debian: int) -> Daemon | None:
        """Listen at each stub's socket that no other collaborator uses."""
        del debian
        wanted = [stub for stub in draft.stubs.values() if stub.mode in _LISTENING]
        if not wanted:
            return None
        line = json.dumps([asdict(stub) for stub in wanted])
        records = any(stub.role in get_args(FilterRole) for stub in wanted)
        return Daemon(self.name, LISTEN, sockets=tuple(stub.listen for stub in wanted), line=line, records=records)
