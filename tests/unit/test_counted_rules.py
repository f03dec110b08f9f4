"""Rules of which the first that matches applies, and how their matches are counted."""

from __future__ import annotations

from dataclasses import dataclass

from postfix_lab.counted_rules import Applied, CountedRules


@dataclass(frozen=True)
class Begins:
    """A rule about texts that begin so."""

    text: str
    nth: int = 0

    def matches(self, event: str) -> bool:
        return event.startswith(self.text)


def numbers(rules: CountedRules[Begins, str], *events: str) -> list[int | None]:
    """The index of the rule that applies to each event."""
    return [applied.number if applied else None for applied in map(rules.apply, events)]


def test_first_rule_that_matches_applies() -> None:
    """With its index, and the number of its match."""
    wide = Begins("a")
    rules: CountedRules[Begins, str] = CountedRules([Begins("ab"), wide, Begins("a")])
    assert numbers(rules, "abc", "a", "b") == [0, 1, None]
    assert rules.apply("a") == Applied(1, wide, 3)


def test_rule_with_a_number_applies_at_that_match_alone() -> None:
    """Every match counts, also of an event to which an earlier rule applied."""
    rules: CountedRules[Begins, str] = CountedRules([Begins("ab", 1), Begins("a", 3), Begins("a", 2)])
    assert numbers(rules, "ab", "ab", "b", "a", "a") == [0, 2, None, 1, None]


def test_new_run_counts_from_one_again() -> None:
    """The rules stay."""
    rules: CountedRules[Begins, str] = CountedRules([Begins("a", 2)])
    assert numbers(rules, "a", "a", "a") == [None, 0, None]
    rules.reset_counts()
    assert numbers(rules, "a", "a") == [None, 0]


def test_no_rule_applies_to_nothing() -> None:
    """Without a rule nothing is counted."""
    assert CountedRules[Begins, str]().apply("a") is None
