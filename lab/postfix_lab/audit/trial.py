"""One session of a check, and what it is held for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from postfix_lab.fit.draft import Draft
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.restrictions import Step
from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import Dialogue
from postfix_lab.smtp.transcript import Transcript
from postfix_lab.verdict.explanation import ExplainedSession

TARGET = "x@relay.example"
"""A recipient of somebody else, whose MX host takes mail."""


class Aim(StrEnum):
    """The purpose of a session."""

    OPEN = "open"
    CANARY = "canary"
    RELAY = "relay"
    GATEWAY = "gateway"
    FORGED = "forged"
    """A stranger who pretends to be whom a table permits."""
    LOGIN = "login"
    UNKNOWN = "unknown"
    """A recipient that does not exist."""
    REFUSAL = "refusal"
    """A client about which DNS lists answer 127.255.255.254: they serve no public resolver."""


@dataclass(frozen=True)
class Trial:
    """One session with its purpose."""

    aim: Aim
    service: Service
    """The listener as it runs in the lab, with the line numbers of the admin's master.cf."""
    session: Session
    sender: str = ""
    detail: str = ""
    """What it is about: the parameter with the domain, the table with its key, the DNS list, the login."""


def open_session(draft: Draft, service: Service, host: Host, source: str, dialogue: Dialogue) -> Session:
    """Return the session of a host with a listener, with TLS from the start where the listener has that."""
    wrapped = draft.own_value(service, "smtpd_tls_wrappermode") == "yes"
    return Session(host, Dialogue(dialogue.steps, tls_on_connect=wrapped), int(service.port), source)


class TrialResult(NamedTuple):
    """A trial with its transcript and explanation."""

    trial: Trial
    transcript: Transcript
    explained: ExplainedSession | None

    def steps(self, *verbs: str) -> Iterator[Step]:
        """Yield the steps of these commands' lists, with those of classes and tables in them."""
        for command in self.explained.commands if self.explained else ():
            if command.verb in verbs:
                yield from command.walk()
