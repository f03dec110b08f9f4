"""Templates that nobody filled in."""

from __future__ import annotations

import pytest

from postfix_lab.audit import templates
from tests.unit.audit.conftest import Write


def test_what_wants_a_value(write: Write) -> None:
    """Each line once, with all its names; those that main.cf sets have a value."""
    written = write("OWN_NET = 10.0.0.0/8\nmynetworks = $OWN_NET,\n ${OTHER_NET} $(THIRD_NET) $OTHER_NET\n", "x unix - - n - - smtp\n  -o myhostname=$MAIL_HOST\n")
    first, second = templates.judge(written)
    assert (str(first.place), str(first.severity)) == ("main.cf:7", "error")
    assert first.what.startswith("mynetworks: an unfilled template: OTHER_NET, THIRD_NET wants a value")
    assert (str(second.place), "MAIL_HOST wants a value" in second.what) == ("master.cf:5", True)


@pytest.mark.parametrize("value, names", [("$A_B ${C_D} $(E_F)", ["A_B", "C_D", "E_F"]), ("$$A_B $myhostname ${stress?{X_Y}} $Mixed", []), ("${A_B?{x}:{y}}", ["A_B"])])
def test_what_is_a_placeholder(value: str, names: list[str]) -> None:
    """A name in capitals behind a dollar sign that is not escaped."""
    assert templates.placeholders(value) == names
