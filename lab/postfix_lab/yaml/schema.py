"""Generate the JSON Schema of YAML scenarios from the declared keys: `python -m postfix_lab.yaml.schema`."""

from __future__ import annotations

import json
import sys

from postfix_lab.yaml.vocabulary.keys import FILE, LANGUAGE


def json_schema() -> str:
    """Return the schema as it is published in docs/schema (draft 7, for the widest support in editors)."""
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Scenarios of the postfix lab",
        **FILE.definition(),
        "definitions": {table.label: table.definition() for table in LANGUAGE.tables() if table is not FILE},
    }
    return json.dumps(schema, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
