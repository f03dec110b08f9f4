"""Generate the reference of all keys in the documentation: `python -m postfix_lab.yaml.reference`."""

from __future__ import annotations

import sys

from postfix_lab.yaml.read.value_kind import Keys
from postfix_lab.yaml.vocabulary.keys import DEFAULTS, EXPECT, FILE, LANGUAGE, ONE_EXPECT, ONE_SESSION, ROW, STEP, TEST

_STEP = "the keys of a test except those that describe the mail host, `steps`, `cases`, `matrix`, `xfail` and `skip`"
_LATER = "how far Postfix's clock is advanced before this step, as in 61s, 5h or 4d 23h"
_UNTIL = "`until`, texts to wait for in the log after it: then no sessions are held"
_BY_RULE = (
    (DEFAULTS, "the keys of a test from `host` to `via`, and those from `expect` to `further`"),
    (ONE_SESSION, "the keys of a test from `host` to `via`, `expect`, and `case`, its name in reports and for `like`"),
    (ONE_EXPECT, "the keys of `expect` that are about a session, from `verdict` to `connected-as`"),
    (STEP, f"{_STEP}; `later`, {_LATER}; and {_UNTIL}"),
    (ROW, "`case`, and any key of a test or of `expect`"),
)
"""Tables all of whose keys are in another one, with the sentence about them."""


def reference() -> str:
    """Return a Markdown table for each table of keys; one that repeats another becomes a sentence."""
    repeated = dict(_BY_RULE)
    parts = [_table(keys) for keys in (FILE, TEST, EXPECT)]
    rest = [keys for keys in LANGUAGE.tables() if keys not in (FILE, TEST, EXPECT) and keys not in repeated]
    parts += [_table(keys) for keys in rest]
    parts += ["\n".join(f"{_heading(keys)} has {rule}.\n" for keys, rule in _BY_RULE)]
    return "\n".join(parts)


def _table(keys: Keys) -> str:
    rows = "".join(f"| `{key.name}` | {key.about} |\n" for key in keys.keys)
    return f"| {_heading(keys)} | |\n|---|---|\n{rows}"


def _heading(keys: Keys) -> str:
    return keys.what[0].upper() + keys.what[1:]


if __name__ == "__main__":
    sys.stdout.write(reference())
