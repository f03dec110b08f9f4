"""The JSON Schema of scenarios in YAML: as it is published, and what it takes and refuses."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from postfix_lab.paths import ROOT
from postfix_lab.yaml.packs import pack_file, pack_names
from postfix_lab.yaml.read.reader import read_text
from postfix_lab.yaml.schema import json_schema
from postfix_lab.yaml.vocabulary.keys import FILE, LANGUAGE

PUBLISHED = ROOT / "docs" / "schema" / "postfix-lab-v1.json"
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "yaml.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
LIVING = sorted((ROOT / "tests" / "scenarios" / "yaml").glob("*.yaml"))
GOOD = [*EXAMPLES, *(path.read_text("utf-8") for path in (*LIVING, *map(pack_file, pack_names())))]
T = "schema: postfix-lab/v1\ntests: {{a: {{{0}}}}}\n"
BAD = [
    "tests: {}\n",
    "schema: postfix-lab/v2\n",
    "schema: postfix-lab/v1\ntest: {}\n",
    T.format("hots: 1.2.3.4"),
    T.format("expect: {code: 99}"),
    T.format("expect: {verdict: maybe}"),
    T.format("expect: {delivered: perhaps}"),
    T.format("chroot: emtpy"),
    T.format("debian: 10"),
    T.format("sessions: []"),
    T.format("port: ssh"),
    T.format("steps: {}"),
    T.format("hosts: {a: {}}"),
    T.format("sessions: [{expect: {delivered: yes}}]"),
    T.format("main: {'x y': 1}"),
    T.format("faults: {name: a.example}"),
]


@pytest.fixture(scope="module")
def validator() -> Any:
    """The published schema, which is itself one."""
    schema = json.loads(PUBLISHED.read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_the_published_schema_is_the_declaration() -> None:
    """It cannot drift: `python -m postfix_lab.yaml.schema` writes it."""
    assert PUBLISHED.read_text("utf-8") == json_schema()


def test_a_definition_for_each_table_but_the_file() -> None:
    """The file's own keys are those of the schema itself."""
    schema = json.loads(json_schema())
    assert schema["definitions"].keys() == {table.label for table in LANGUAGE.tables()} - {FILE.label}
    assert schema["properties"].keys() == {key.name for key in FILE.keys}
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.BaseLoader], ids=["typed", "texts"])
def test_schema_takes_what_the_lab_takes(validator: Any, loader: Any) -> None:
    """Every example, scenario and pack, whether an editor takes `550` for a number or for a text."""
    assert len(GOOD) >= 9
    for text in GOOD:
        FILE.check(read_text(text, "f"))
        data = json.loads(json.dumps(yaml.load(text, Loader=loader)))  # noqa: S506 - both make plain data only
        assert [error.message for error in validator.iter_errors(data)] == []


@pytest.mark.parametrize("text", BAD)
def test_schema_refuses_what_the_lab_refuses(validator: Any, text: str) -> None:
    """An editor marks the same mistakes."""
    with pytest.raises(Exception, match="f:"):
        FILE.check(read_text(text, "f"))
    assert list(validator.iter_errors(yaml.load(text, Loader=yaml.BaseLoader)))  # noqa: S506 - the same
