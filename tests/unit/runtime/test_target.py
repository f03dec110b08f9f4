"""Which mail hosts a job means."""

from __future__ import annotations

from dataclasses import replace

from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target, assign_numbers

SEED = Setup(CONFIGURATIONS / "seed")
OTHER = replace(SEED, main={"smtpd_helo_required": "yes"})


def test_each_target_is_a_mail_host_of_its_own() -> None:
    """Two of one release get two numbers; those of another release do not count."""
    targets = (Target(12, SEED), Target(12, OTHER), Target(13, OTHER), Target(12, SEED))
    assert [(t.debian, t.number) for t in assign_numbers(targets)] == [(12, 0), (12, 1), (13, 0), (12, 2)]
    assert [t.setup for t in assign_numbers(targets)] == [SEED, OTHER, OTHER, SEED]


def test_a_number_that_was_given_stays() -> None:
    """The next one of that release takes the first number above that is free."""
    targets = (Target(12, SEED, 3), Target(12, SEED), Target(12, OTHER, 3))
    assert [t.number for t in assign_numbers(targets)] == [3, 0, 4]
