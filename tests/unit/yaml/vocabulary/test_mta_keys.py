"""The keys of an MTA are the fields of a behaviour."""

from __future__ import annotations

from dataclasses import fields

from postfix_lab.smtp.answer import Answer
from postfix_lab.smtp.behaviour import Behaviour
from postfix_lab.yaml.read.value_kind import Keys
from postfix_lab.yaml.vocabulary.mta_keys import MTA, SINK


def test_each_field() -> None:
    """What can be said in Python can be said in YAML, by the same name; the sink has the same keys."""
    assert isinstance(MTA.table, Keys)
    assert {key.name.replace("-", "_") for key in MTA.table.keys} == {field.name for field in fields(Behaviour)}
    assert SINK.table is MTA.table
    answers = MTA.table.by_name()["answers"].kind.kind  # type: ignore[attr-defined] # it takes one or more
    assert {key.name for key in answers.keys} == {field.name for field in fields(Answer)}
