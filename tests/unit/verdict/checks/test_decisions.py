"""The check of who decided, against real traces."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.errors import InputError
from postfix_lab.verdict.checks import Status, decided, decided_by
from postfix_lab.verdict.checks.decisions import decider
from tests.unit.evidence_builder import evidence
from tests.unit.traced import GOOD, NO_PTR, traced, two_recipients

RULE = "reject_unknown_reverse_client_hostname"


@pytest.mark.parametrize(
    "restriction, within, status",
    [
        (RULE, None, Status.PASS), (RULE, "smtpd_relay_restrictions", Status.PASS),
        (RULE, "smtpd_client_restrictions", Status.FAIL), ("reject_unauth_destination", None, Status.FAIL),
    ],
)  # fmt: skip
def test_restriction_and_list_have_to_fit(restriction: str, within: str | None, status: Status) -> None:
    """The finding says who decided, and where that is written."""
    finding = decided_by(restriction, within=within).judge(traced(NO_PTR))
    assert finding.status is status
    assert finding.got == f"decided by {RULE} of smtpd_relay_restrictions (main.cf:38)"


def test_nobody_decided() -> None:
    """A mail that nothing refused is no restriction's doing; a second session that was not held is a failure."""
    assert decided_by(RULE).judge(traced(GOOD)).got == "no restriction decided: nothing refused"
    assert decided_by(RULE, session=1).judge(traced(GOOD)).got == "there were 1 sessions"


def test_without_a_trace_it_is_unknown() -> None:
    """Who decided cannot be told then, so the verdict is neither red nor green."""
    finding = decided_by(RULE).judge(evidence())
    assert (finding.status, "trace=True" in finding.got) == (Status.UNKNOWN, True)


def test_who_decided_in_words() -> None:
    """With its place, for the line of a scenario; nothing where nobody did, or where no trace tells."""
    assert decider(traced(NO_PTR)) == f"{RULE} (main.cf:38)"
    assert [decider(traced(GOOD)), decider(traced(NO_PTR), 1), decider(evidence())] == ["", "", ""]


def test_one_refused_and_one_accepted_have_to_be_told_apart() -> None:
    """Neither check guesses which recipient is meant; both say the same about each."""
    both = two_recipients()
    with pytest.raises(InputError, match=rf"bob@lab.test defer 450 4.7.1 by {RULE}, eve@lab.test accept 250 2.1.5"):
        decided_by(RULE).judge(both)
    with pytest.raises(InputError, match=r'decided_by\("nothing", recipient="bob@lab.test"\)'):
        decided_by("nothing").judge(both)
    with pytest.raises(InputError, match=r'decided\("accept", recipient="bob@lab.test"\)'):
        decided("accept").judge(both)
    for check, who, right in (
        (decided_by, "bob@lab.test", RULE), (decided, "bob@lab.test", "defer"), (decided, "eve@lab.test", "accept"),
    ):  # fmt: skip
        assert check(right, recipient=who).judge(both).status is Status.PASS
    eve = decided_by(RULE, recipient="eve@lab.test").judge(both)
    assert (eve.status, eve.got) == (Status.FAIL, "no restriction decided: nothing refused")


def test_two_refused_for_different_reasons() -> None:
    """The same fate is not the same decision: then a recipient has to be named as well."""
    both = two_recipients()
    first, accepted_one = both.sessions[0].exchanges[:2]
    eve = replace(accepted_one, reply=first.reply)
    alike = replace(both, sessions=(replace(both.sessions[0], exchanges=(first, eve)),))
    with pytest.raises(InputError, match="the recipients' outcomes differ"):
        decided_by(RULE).judge(alike)
    assert decided("defer").judge(alike).status is Status.PASS


def test_a_session_that_the_trace_does_not_know() -> None:
    """Nothing was evaluated for it."""
    seen = traced(NO_PTR)
    gone = replace(seen, log=())
    finding = decided_by(RULE).judge(gone)
    assert (finding.status, finding.got) == (Status.FAIL, "smtpd evaluated nothing")
