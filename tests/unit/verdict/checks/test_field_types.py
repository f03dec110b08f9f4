"""Keywords of checks: those that a type checker accepts are those that can be asked for."""

from __future__ import annotations

from dataclasses import fields

from postfix_lab.smtp.headers import ReceivedSpf
from postfix_lab.verdict.checks.field_types import LineFields, SpfFields
from postfix_lab.verdict.checks.log_lines import event_types, fields_of


def test_fields_of_log_lines() -> None:
    """Every field of every event can be named, as far as it is one value, and nothing else."""
    known = {name for kind in event_types().values() for name in fields_of(kind)}
    many_values = {"client", "commands", "verb", "accepted", "tried"}
    assert set(LineFields.__annotations__) == known - many_values


def test_fields_of_the_spf_header() -> None:
    """All but the result, which has a parameter of its own, and the fields that no standard names."""
    assert set(SpfFields.__annotations__) == {field.name for field in fields(ReceivedSpf)} - {"result", "other"}
