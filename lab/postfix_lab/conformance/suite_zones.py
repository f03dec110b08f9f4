"""Convert the suite's zones to zones and faults of the lab, by the rules of the suite's own driver.

`testspf.py` defines what its notation means, and these are its rules (functions `getrdata` and `DNSLookup`):

- A name has entries in order: `TYPE: data`, or the bare word TIMEOUT.
- An SPF entry (type 99) also counts as TXT, unless the name has a TXT entry; `TXT: NONE` is one, without a record.
- TIMEOUT: no answer for any type that has no record before it. As the data of a type: no answer for that type.
- A name that begins with `error.` and is not in the zone is never answered.
- Empty labels of a queried name are dropped, so they are dropped here too.

Octets are what YAML's characters are in UTF-8. The text of a string may have more than the 255 octets that one
character-string holds (RFC 1035 section 3.3): it becomes several, which SPF joins again (RFC 7208 section 3.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.name import Labels, present
from postfix_lab.dns.record_data import TYPES, quote
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError
from postfix_lab.scenario.world import World

_SILENCE = "TIMEOUT"
_NOTHING = ("NONE",)
_TEXT = ("TXT", "SPF")
_STRING_MAX = 255
_NEVER_ANSWERED = re.compile(r"(?i)(?<![\w.-])error\.[\w.-]+")

Told = tuple[str, Any] | None
"""Type and data of an entry; None for the bare TIMEOUT."""


def world(zonedata: Mapping[str, Any], source: str) -> World:
    """Return the world whose DNS answers as the suite's driver does; raises InputError for unreadable data.

    One zone at the root has the names of the suite and no others.
    """
    lines, faults = [f"; {source}"], []
    for owner, entries in zonedata.items():
        name = present(_labels(owner, owner, source))
        if owner.lower().startswith("error."):
            raise InputError(f"{owner}: the driver never answers such a name, and here it has records", source)
        records, silent = _split(list(_add_spf_as_txt(entries, owner, source)))
        lines += [f"{name}. {rtype} {_data(rtype, value, owner, source)}" for rtype, value in records]
        faults += [Fault(name, FaultKind.TIMEOUT, rtype) for rtype in silent]
    named = {found.lower().rstrip(".") for found in _NEVER_ANSWERED.findall(repr(list(zonedata.values())))}
    faults += [Fault(name, FaultKind.TIMEOUT) for name in sorted(named)]
    return World(zones=(ZoneText("\n".join((*lines, "")), source, "."),), faults=tuple(faults))


def _add_spf_as_txt(entries: Any, owner: str, source: str) -> Iterator[Told]:
    """Yield the entries of a name; SPF records are also TXT records, unless the name has a TXT entry."""
    if not isinstance(entries, list):
        raise InputError(f"{owner}: a list of records is wanted, not {entries!r}", source)
    generated: list[Told] = []
    told_txt = False
    for entry in entries:
        if entry == _SILENCE:
            yield None
            continue
        if not isinstance(entry, dict):
            raise InputError(f"{owner}: {entry!r} is neither `TYPE: data` nor {_SILENCE}", source)
        for rtype, data in entry.items():
            value = (data,) if rtype in _TEXT and isinstance(data, str) else data
            told_txt = told_txt or rtype == "TXT"
            if rtype == "SPF":
                generated.append(("TXT", value))
            if value != _NOTHING:
                yield str(rtype), value
    if not told_txt:
        yield from generated


def _split(told: Sequence[Told]) -> tuple[list[tuple[str, Any]], list[str]]:
    """Return the records that are answered, and the types that are not answered."""
    end = told.index(None) if None in told else len(told)
    before = [entry for entry in told[:end] if entry is not None]
    silent = [rtype for rtype, value in before if value == _SILENCE]
    records = [(rtype, value) for rtype, value in before if rtype not in silent]
    if end < len(told):
        answered = {rtype for rtype, _ in records}
        silent += [rtype for rtype in TYPES if rtype not in answered and rtype not in silent]
    return records, silent


def _data(rtype: str, value: Any, owner: str, source: str) -> str:
    """Return the record's data in master-file format; addresses are validated when the zone is parsed."""
    match rtype, value:
        case ("TXT" | "SPF"), (list() | tuple()) if all(isinstance(string, str) for string in value):
            return _strings([string.encode("utf-8", "surrogatepass") for string in value])
        case "MX", [int() as preference, str() as name]:
            return f"{preference} {_absolute(name, owner, source)}"
        case ("PTR" | "CNAME" | "NS"), str():
            return _absolute(value, owner, source)
        case ("A" | "AAAA"), str():
            return value
        case _:
            raise InputError(f"{owner}: {rtype} {value!r} is not a record that the suite's driver knows", source)


def _strings(strings: Sequence[bytes]) -> str:
    r"""Return the character-strings; an empty list needs the notation of RFC 3597 (`\# 0`)."""
    pieces = [
        string[at : at + _STRING_MAX] for string in strings for at in range(0, max(len(string), 1), _STRING_MAX)
    ]
    return " ".join(map(quote, pieces)) or r"\# 0"


def _absolute(name: str, owner: str, source: str) -> str:
    labels = _labels(name, owner, source)
    return f"{present(labels)}." if labels else "."


def _labels(name: str, owner: str, source: str) -> Labels:
    labels = tuple(label.encode("utf-8", "surrogatepass") for label in name.split(".") if label)
    if any(len(label) > 63 for label in labels) or sum(map(len, labels)) + len(labels) > 254:  # noqa: PLR2004 - RFC 1035
        raise InputError(f"{owner}: DNS cannot carry the name {name!r}", source)
    return labels
