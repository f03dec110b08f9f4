"""The keys of rules are the fields of the rules."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from postfix_lab.fit.filter_rules import MilterRule, PolicyRule, TableRule
from postfix_lab.yaml.read.value_kind import Keys
from postfix_lab.yaml.vocabulary.filter_keys import MILTER_RULE, POLICY_RULE, TABLE_RULE


@pytest.mark.parametrize("keys, rule", [(MILTER_RULE, MilterRule), (POLICY_RULE, PolicyRule), (TABLE_RULE, TableRule)])
def test_each_field(keys: Keys, rule: Any) -> None:
    """What can be said in Python can be said in YAML, by the same name."""
    assert {key.name.replace("-", "_") for key in keys.keys} == {field.name for field in fields(rule)}
