"""The rules by which a stub answers case by case, and the record of what it was given.

It runs in the mail host beside `stub.py`, under the release's own Python (3.9 on bullseye), with nothing but the
standard library. A rule is the JSON of one in `fit/filter_rules.py`. Every rule that matches an event counts it, also
if another rule applies; the first one that is due applies, as in `counted_rules.py`.
"""

import re
import time
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

MOST = 50_000
"""The number of records that are kept; later ones are dropped, and the lab says so."""
LONGEST = 65_536
"""Characters of a value that are kept."""
FAILED = "FAILED"
"""The stage of a record that tells of a fault of this program."""
GARBAGE = b"\x00\xff\x1b[31m no answer \xf0\x9f\x92\xa5\r\n"
RECORDS: List[Dict[str, Any]] = []
"""What the stubs were given since the last `forget`, in order."""
_COUNTS: Dict[int, int] = {}
"""By the identity of a rule: how many events it has matched."""


class FilterEvent(NamedTuple):
    """What a rule is matched against; an address is without angle brackets."""

    stage: str
    given: Mapping[str, str]
    """The arguments, attributes and macros that are known."""
    client: str = ""
    helo: str = ""
    sender: str = ""
    recipients: Sequence[str] = ()


class RuleHit(NamedTuple):
    """The rule that applies, and its index."""

    rule: Dict[str, Any]
    number: int


def find_rule(rules: Sequence[Dict[str, Any]], case: FilterEvent) -> Optional[RuleHit]:
    """Count the event, and return the rule that applies to it; None if there is none."""
    found = None
    for number, rule in enumerate(rules):
        if not _matches(rule, case):
            continue
        count = _COUNTS[id(rule)] = _COUNTS.get(id(rule), 0) + 1
        if found is None and rule["nth"] in (0, count):
            found = RuleHit(rule, number)
    return found


def note(stub: Mapping[str, Any], stage: str, given: Mapping[str, str], connection: int) -> Dict[str, Any]:
    """Record what a stub was given, and return the record, for its answer."""
    record = {
        "at": time.time(),
        "role": stub["role"],
        "server": stub["listen"],
        "connection": connection,
        "stage": stage,
        "given": {name: value[:LONGEST] for name, value in given.items()},
        "answer": "",
        "rule": None,
    }
    if len(RECORDS) < MOST:
        RECORDS.append(record)
    return record


def note_failure(stub: Mapping[str, Any], error: Exception) -> None:
    """Record that the program of the stubs has a fault."""
    note(stub, FAILED, {}, 0)["answer"] = repr(error)


def forget() -> None:
    """Start a new run: no records, and the next match of each rule is counted as its first."""
    RECORDS.clear()
    _COUNTS.clear()


def _matches(rule: Mapping[str, Any], case: FilterEvent) -> bool:
    if rule.get("stage") is not None and rule["stage"] != case.stage:
        return False
    key = case.given.get("key", "")
    single = (("client", case.client), ("helo", case.helo), ("sender", case.sender), ("key", key))
    if any(rule.get(name) is not None and not is_like(rule[name], value) for name, value in single):
        return False
    if rule.get("to") is not None and not any(is_like(rule["to"], recipient) for recipient in case.recipients):
        return False
    return all(name in case.given and is_like(text, case.given[name]) for name, text in rule.get("given", {}).items())


def is_like(pattern: str, text: str) -> bool:
    """Whether the text is the pattern, in which `*` stands for any text; compared without case."""
    wanted = ".*".join(map(re.escape, pattern.split("*")))
    return re.fullmatch(wanted, text, re.IGNORECASE | re.DOTALL) is not None
