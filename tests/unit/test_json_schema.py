"""JSON Schemas made of dataclasses: they take what `to_json` writes, and nothing that lacks a part of it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from postfix_lab.evidence.evidence import SCHEMA, json_schema
from postfix_lab.json_schema import Named, document, schema_name
from postfix_lab.serialization import to_json
from tests.unit.evidence.test_evidence import RICH
from tests.unit.evidence_builder import evidence

SEEN = {"schema": SCHEMA, "format": 4}


@pytest.fixture(scope="module")
def validator() -> Any:
    """The schema of evidence, which has every kind of value."""
    jsonschema.Draft7Validator.check_schema(json_schema())
    return jsonschema.Draft7Validator(json_schema())


@pytest.mark.parametrize("seen", [evidence(), RICH, evidence(sessions=(), log=(), messages=())])
def test_what_is_written_fits(validator: Any, seen: object) -> None:
    """Tuples, enums, what may be null, and one of several dataclasses."""
    validator.validate(json.loads(json.dumps({**SEEN, "evidence": to_json(seen)})))


def test_what_was_changed_does_not_fit(validator: Any) -> None:
    """A part that is missing, a type that is another, and an event that nobody knows."""
    changes: tuple[dict[str, Any], ...] = ({"log": None}, {"started": "now"}, {"sessions": [{}]})
    for change in changes:
        assert list(validator.iter_errors({**SEEN, "evidence": {**to_json(evidence()), **change}}))
    whole = json.loads(json.dumps(to_json(evidence())))
    whole["log"][0]["event"]["is"] = "Nothing"
    assert list(validator.iter_errors({**SEEN, "evidence": whole}))
    assert list(validator.iter_errors({"evidence": to_json(evidence())}))


def test_types_that_are_no_dataclass() -> None:
    """Tables of keys, lists, names with values, pairs; what has no schema is told."""
    name = schema_name("thing", 2)
    schema = document("A thing", name, {"rows": [{"at": float}], "by": Named(int), "pair": tuple[int, str]}, {"more": bool})
    jsonschema.validate({"schema": "postfix-lab/thing-2", "rows": [{"at": 1}], "by": {"a": 1}, "pair": [1, "x"]}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schema": name, "rows": [{}], "by": {}, "pair": [1, "x"]}, schema)
    with pytest.raises(TypeError, match="has no JSON Schema here"):
        document("A thing", name, {"odd": "text"})
