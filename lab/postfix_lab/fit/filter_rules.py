"""Rules by which the stand-ins of milters, policy services and tables answer case by case.

The first rule that matches applies, and where none does the word of the setup (`milter`, `policy`) or the entries of
the table. Every rule that matches an event counts it, also if another rule applies, so that "the first attempt is
refused, the second taken" depends on the order alone. `inside/mailhost/stub_rules.py` carries them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar, get_args

from postfix_lab.errors import InputError
from postfix_lab.text import did_you_mean

MilterStage = Literal["CONNECT", "HELO", "MAIL", "RCPT", "DATA", "HEADER", "EOH", "BODY", "MESSAGE"]
PolicyStage = Literal["CONNECT", "HELO", "MAIL", "RCPT", "DATA", "MESSAGE", "VRFY", "ETRN"]
ODDITIES = ("HANG", "DROP", "GARBAGE")
"""What a server does instead of answering: nothing, closing the connection, octets that are no answer."""
MILTER_WORDS = ("continue", "accept", "reject", "tempfail", "discard", *ODDITIES)
TABLE_WORDS = ("OK", "NOTFOUND", "TEMP", "PERM", "TIMEOUT", *ODDITIES)
_REPLY = re.compile(r"[45][0-9][0-9] [^\r\n]+")
_REFUSAL = re.compile(r"(REJECT|DEFER|[45][0-9][0-9]|HANG|DROP|GARBAGE)", re.IGNORECASE)


@dataclass(frozen=True)
class _Rule:
    """What all rules have in common; a text in a condition is compared without case, `*` stands for any text."""

    says: str
    stage: str | None = None
    to: str | None = None
    """Only for this recipient: of the command, or one of those that the message has so far."""
    sender: str | None = None
    """Only for this sender; an empty text is the null sender."""
    client: str | None = None
    """Only for this client, by its address."""
    helo: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    """Only where these attributes, arguments or macros have these values: `{"sasl_username": "ann"}`."""
    nth: int = 0
    """Only the n-th time that the other conditions match, counted from 1 in each run; 0: every time."""
    server: str | None = None
    """Only at this socket, as the configuration names it."""

    what: ClassVar[str] = ""
    stages: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Raise InputError for a rule that cannot apply."""
        problem = self._stage_problem() or self._says_problem()
        if not problem and self.nth < 0:
            problem = f"is for time {self.nth}; the first is 1, and 0 means each"
        if problem:
            raise InputError(f"the {self.what} rule {self.says!r} {problem}")

    @property
    def refuses(self) -> bool:
        """Whether it may keep good mail out: it refuses, and no condition but stage and number limits it."""
        limits = (self.to, self.sender, self.client, self.helo, self.given or None)
        return _REFUSAL.match(self.says) is not None and all(limit is None for limit in limits)

    def __str__(self) -> str:
        about = {"at": self.stage, "to": self.to, "from": self.sender if self.sender != "" else "<>"}
        about |= {"client": self.client, "helo": self.helo, "server": self.server}
        about["time"] = str(self.nth) if self.nth else None
        named = [f"{word} {value}" for word, value in about.items() if value]
        return ", ".join((self.says, *named, *(f"{name}={value}" for name, value in self.given.items())))

    def _stage_problem(self) -> str | None:
        if self.stage is None or self.stage in self.stages:
            return None
        return f"is for no stage of a {self.what}; {did_you_mean(self.stage, self.stages)}"

    def _says_problem(self) -> str | None:
        return None if self.says.strip() and "\n" not in self.says else "says nothing on one line"


@dataclass(frozen=True)
class PolicyRule(_Rule):
    """What the stand-in of a policy service answers to a request (SMTPD_POLICY_README).

    `says` is an action of access(5), `REJECT not here`, `DEFER_IF_PERMIT later`, `PREPEND X-Seen: yes`, or `HANG`,
    `DROP` or `GARBAGE`. Raises `InputError` for a rule that cannot apply.

    >>> print(PolicyRule("REJECT not here", to="bob@lab.test", nth=1))
    REJECT not here, to bob@lab.test, time 1
    """

    what: ClassVar[str] = "policy"
    stages: ClassVar[tuple[str, ...]] = get_args(PolicyStage)


@dataclass(frozen=True)
class MilterRule(_Rule):
    """What the stand-in of a milter answers to a command of the milter protocol, and what it changes in the message.

    `says` is `continue`, `accept`, `reject`, `tempfail`, `discard`, a whole reply `550 5.7.1 Not here`, or `HANG`,
    `DROP` or `GARBAGE`. Changes are made at the end of the message. Raises `InputError` for a rule that cannot apply.

    >>> print(MilterRule(to="bob@lab.test", quarantine="suspicious"))
    continue, at MESSAGE, to bob@lab.test, quarantine suspicious
    """

    says: str = "continue"
    stage: str | None = "MESSAGE"
    add_headers: Mapping[str, str] = field(default_factory=dict)
    change_headers: Mapping[str, str] = field(default_factory=dict)
    """New values of the first header of each name."""
    delete_headers: tuple[str, ...] = ()
    """Names of headers of which each one is deleted; a single one needs no parentheses."""
    add_recipients: tuple[str, ...] = ()
    delete_recipients: tuple[str, ...] = ()
    change_sender: str | None = None
    replace_body: str | None = None
    quarantine: str | None = None
    """The reason for which the message is put on hold."""

    what: ClassVar[str] = "milter"
    stages: ClassVar[tuple[str, ...]] = get_args(MilterStage)

    if TYPE_CHECKING:
        # The constructor also takes a single name in place of several.
        def __init__(  # noqa: PLR0913, PLR0917 - one for each field
            self,
            says: str = "continue",
            stage: str | None = "MESSAGE",
            to: str | None = None,
            sender: str | None = None,
            client: str | None = None,
            helo: str | None = None,
            given: Mapping[str, str] = ...,
            nth: int = 0,
            server: str | None = None,
            add_headers: Mapping[str, str] = ...,
            change_headers: Mapping[str, str] = ...,
            delete_headers: str | Sequence[str] = (),
            add_recipients: str | Sequence[str] = (),
            delete_recipients: str | Sequence[str] = (),
            change_sender: str | None = None,
            replace_body: str | None = None,
            quarantine: str | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        """Make tuples of single names; raise InputError for a rule that cannot apply."""
        for name in ("delete_headers", "add_recipients", "delete_recipients"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        super().__post_init__()
        if self.changes and self.stage != "MESSAGE":
            raise InputError(f"the milter rule {self.says!r} changes a message at {self.stage}; only MESSAGE can")

    @property
    def changes(self) -> dict[str, object]:
        """The changes that it makes, by the name of the field."""
        names = ("add_headers", "change_headers", "delete_headers", "add_recipients", "delete_recipients")
        found = {name: getattr(self, name) for name in names if getattr(self, name)}
        single = ("change_sender", "replace_body", "quarantine")
        return found | {name: getattr(self, name) for name in single if getattr(self, name) is not None}

    @property
    def refuses(self) -> bool:
        """Whether it may keep good mail out."""
        worded = self.says if self.says not in ("reject", "tempfail", "discard") else "REJECT"
        return PolicyRule(worded, None, self.to, self.sender, self.client, self.helo, self.given).refuses

    def __str__(self) -> str:
        return ", ".join((super().__str__(), *(f"{name.replace('_', ' ')} {v}" for name, v in self.changes.items())))

    def _says_problem(self) -> str | None:
        if self.says in MILTER_WORDS or _REPLY.fullmatch(self.says):
            return None
        return f"is no answer of a milter, nor a reply like '550 5.7.1 No'; {did_you_mean(self.says, MILTER_WORDS)}"


@dataclass(frozen=True)
class TableRule:
    """What the server of a lookup table answers (socketmap_table(5), tcp_table(5)).

    `says` is `OK value`, in which `%s` is the key, `NOTFOUND`, `TEMP reason`, `PERM reason` (another error than
    TEMP in a socketmap alone), `TIMEOUT reason`, or `HANG`, `DROP` or `GARBAGE`. `key` limits it to a key, in which `*`
    stands for any text.

    >>> print(TableRule("TEMP no server", key="*@shop.test"))
    TEMP no server, key *@shop.test
    """

    says: str
    key: str | None = None
    nth: int = 0
    """Only the n-th time that the key matches, counted from 1 in each run; 0: every time."""

    def __post_init__(self) -> None:
        """Raise InputError for what no table answers."""
        word, _, value = self.says.partition(" ")
        if word not in TABLE_WORDS or "\n" in self.says:
            problem = f"is no answer of a table; {did_you_mean(word, TABLE_WORDS)}"
        elif word == "OK" and not value.strip():
            problem = "has no value; write `OK value`"
        elif self.nth < 0:
            problem = f"is for time {self.nth}; the first is 1, and 0 means each"
        else:
            return
        raise InputError(f"the table rule {self.says!r} {problem}")

    @property
    def refuses(self) -> bool:
        """Whether it may keep good mail out: no value comes, whatever the key is."""
        return self.key is None and not self.says.startswith(("OK", "NOTFOUND"))

    def __str__(self) -> str:
        about = {"key": self.key, "time": self.nth or None}
        return ", ".join((self.says, *(f"{word} {value}" for word, value in about.items() if value)))


def refusing_rule(rules: Iterable[MilterRule | PolicyRule | TableRule]) -> str:
    """Return the first rule that may keep good mail out, as text; empty if there is none."""
    return next((str(rule) for rule in rules if rule.refuses), "")


_AnyRule = TypeVar("_AnyRule", MilterRule, PolicyRule, TableRule)


def as_rules(given: _AnyRule | Sequence[_AnyRule]) -> tuple[_AnyRule, ...]:
    """Return the rules as a tuple; a single one needs no parentheses."""
    return (given,) if isinstance(given, MilterRule | PolicyRule | TableRule) else tuple(given)
