"""A crowd of clients of every kind: each with an address, a name and a sender's domain of its own.

Of each session all that it causes is known by these three, so that in a run of hundreds at once
every log line, question and message can be given to the session that it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from postfix_lab import Dialogue, accepted, asked, delivered, ended, not_delivered, refused, warned
from postfix_lab.scenario.ptr import Ptr
from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import Host, World, zone
from postfix_lab.smtp.dialogue import Drop, mail
from postfix_lab.verdict.checks import Check

SIZE = 480
"""Clients of a crowd: half of them IPv4."""
LIAR = "liar.soak.example"
_DOT = "Subject: soak\n\n.\n..\nA message of a crowd.\n"


@dataclass(frozen=True)
class Kind:
    """One sort of session, and what is expected of it whoever else is there."""

    name: str
    checks: Callable[[Client], tuple[Check, ...]]
    ptr: Ptr = Ptr.right()  # noqa: RUF009 - frozen, as this is
    spf: str = "v=spf1 {ip} -all"
    said: Callable[[Dialogue], Dialogue] = lambda dialogue: dialogue
    envelope: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Client:
    """The client of that number."""

    number: int

    @property
    def kind(self) -> Kind:
        """What it does."""
        return KINDS[self.number % len(KINDS)]

    @property
    def sort(self) -> tuple[str, int]:
        """Who has the same has to see the same: its kind and its family."""
        return self.kind.name, 6 if ":" in self.address else 4

    @property
    def address(self) -> str:
        """IPv4 for the first half of the crowd, IPv6 for the rest."""
        half = SIZE // 2
        return f"203.0.113.{self.number + 1}" if self.number < half else f"2001:db8:113::{self.number - half + 1:x}"

    @property
    def name(self) -> str:
        """Of the host; it greets with it."""
        return f"h{self.number}.soak.example"

    @property
    def domain(self) -> str:
        """Of its sender."""
        return f"s{self.number}.soak.example"

    @cached_property
    def host(self) -> Host:
        """It, as a world has it."""
        return Host(self.address, name=self.name, ptr=self.kind.ptr)

    @property
    def session(self) -> Session:
        """What it says to the mail host."""
        about = {"helo": self.name, "sender": f"ann@{self.domain}", "data": _DOT, **dict(self.kind.envelope)}
        return Session(self.host, self.kind.said(mail(**about)))

    @property
    def record(self) -> str:
        """Its sender's SPF record, as a line of a zone."""
        ip = f"ip{self.sort[1]}:{self.address}"
        return f's{self.number} TXT "{self.kind.spf.format(ip=ip)}"'


def world(clients: list[Client]) -> World:
    """The world in which these clients live."""
    text = "\n".join(("$ORIGIN soak.example.", "$TTL 300", *(client.record for client in clients), ""))
    return World(zones=(zone(text),), hosts=tuple(client.host for client in clients))


def _until_rcpt(dialogue: Dialogue) -> Dialogue:
    return dialogue.until("RCPT")


def _hangs_up(dialogue: Dialogue) -> Dialogue:
    return dialogue.until("RCPT", drop=True)


def _twice(dialogue: Dialogue) -> Dialogue:
    greet, *rest = dialogue.steps
    return Dialogue((greet, *rest, *rest))


def _resets(dialogue: Dialogue) -> Dialogue:
    return Dialogue((*dialogue.until("MAIL").steps, Drop(reset=True)))


KINDS = (
    Kind("stranger", lambda c: (refused("RCPT", 450, "4.7.1"), asked(c.address, "PTR")), Ptr.missing()),
    Kind("welcome", lambda c: (accepted(), delivered(to="bob@lab.test"), asked(c.domain, "TXT"))),
    Kind("forger", lambda _: (refused("RCPT", 550, "5.7.23"), not_delivered()), spf="v=spf1 -all"),
    Kind("relay", lambda _: (refused("RCPT", 554, "5.7.1"),), envelope=(("to", "victim@far.example"),)),
    Kind("liar", lambda _: (warned(f"hostname {LIAR} does not resolve"), delivered()), Ptr.mismatch(LIAR)),
    Kind("quitter", lambda _: (ended("dropped"), not_delivered()), said=_hangs_up),
    Kind("writer", lambda _: (accepted(), delivered(times=2)), said=_twice),
    Kind("encrypted", lambda _: (accepted(), delivered()), envelope=(("tls", True),)),
    Kind("asker", lambda _: (accepted("RCPT"), not_delivered()), said=_until_rcpt),
    Kind("resetter", lambda _: (ended("dropped"), not_delivered()), said=_resets),
)
"""An even share of each in every crowd."""
