"""Rules of which the first that matches applies, some only at the n-th match of a run: DNS faults, answers of MTAs.

Every rule that matches an event counts it, also if another rule applies. So the order of the rules alone decides what
comes first and what second: three rules for the same event with `nth` 1, 2 and 3 are its first three answers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Rule(Protocol):
    """What can be counted: a condition, and the match at which it applies."""

    @property
    def nth(self) -> int:
        """The number of the match at which it applies, counted from 1; 0 means each."""
        ...

    def matches(self, event: Any, /) -> bool:
        """Whether the event is one that it is about, `nth` left out."""
        ...


R = TypeVar("R", bound=Rule)
E = TypeVar("E")


@dataclass(frozen=True)
class Applied(Generic[R]):
    """The rule that applies to an event."""

    number: int
    """Its index among the rules."""
    rule: R
    count: int
    """How many events it has matched in this run, this one included."""


class CountedRules(Generic[R, E]):
    """Rules in order, with the number of events that each has matched in this run.

    `counted_by` names whose event one is: the events of each are counted by themselves.
    """

    def __init__(self, rules: Iterable[R] = (), counted_by: Callable[[E], str] = lambda _: "") -> None:
        self.rules = tuple(rules)
        self._counted_by = counted_by
        self._counts: Counter[tuple[str, int]] = Counter()

    def apply(self, event: E) -> Applied[R] | None:
        """Count the event, and return the first rule that applies to it, or None."""
        matching = [(number, rule) for number, rule in enumerate(self.rules) if rule.matches(event)]
        whose = self._counted_by(event)
        self._counts.update((whose, number) for number, _ in matching)
        due = (Applied(number, rule, self._counts[whose, number]) for number, rule in matching)
        return next((applied for applied in due if applied.rule.nth in (0, applied.count)), None)

    def reset_counts(self) -> None:
        """Start a new run: the next match of each rule is counted as its first."""
        self._counts.clear()
