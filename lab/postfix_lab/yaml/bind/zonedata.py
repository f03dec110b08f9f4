"""`zonedata`: records by name, in the shape of the RFC 7208 test suite, as zones and faults.

As there, a record of type SPF is a TXT record too, unless the name has a TXT entry of its own (`TXT: NONE`
is one without a record), and a failure that stands by itself is that of all types the name has no record of.
"""

from __future__ import annotations

from collections.abc import Iterator

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.name import absolute_name, lower, present
from postfix_lab.dns.record_data import TYPES
from postfix_lab.dns.zone import Zone, ZoneText
from postfix_lab.scenario.ptr import reverse_origin
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.node import ScalarNode, TableNode, YamlNode, at_node, list_items
from postfix_lab.yaml.vocabulary.scalars import FAILURES

_NAMES = ("PTR", "NS", "CNAME", "MX")
_TEXTS = ("TXT", "SPF")


def zones_of(table: TableNode, section: Section) -> tuple[ZoneText, ...]:
    """Return the records as zones; errors have the position of the record."""
    lines: dict[str, list[str]] = {}
    for key, node in table:
        with at_node(key):
            name = lower(absolute_name(section.fill(key)))
            origin = present(reverse_origin(name) or name[-2:])
        for entry, record in _records(node, section):
            with at_node(entry):
                line = f"{present(name).rstrip('.')}. {record}"
                Zone.parse(ZoneText(line, "", origin))
            lines.setdefault(origin, []).append(line)
    return tuple(ZoneText("\n".join((*body, "")), "zonedata", origin) for origin, body in lines.items())


def faults_of(table: TableNode, section: Section) -> tuple[tuple[Fault, ...], ...]:
    """Return the failures as groups, one for each entry; it is enough that one fault of a group is hit."""
    return tuple(group for key, node in table for group in _faults(section.fill(key), node, section))


def _records(node: YamlNode, section: Section) -> Iterator[tuple[YamlNode, str]]:
    own_txt = any(rtype == "TXT" for rtype, _ in _entries(node))
    for rtype, value in _entries(node):
        texts = [section.fill(item) for item in list_items(value)]
        if texts in (["NONE"], *([kind.value] for kind in FAILURES)):
            continue
        yield value, f"{rtype} {_data(rtype, texts)}"
        if rtype == "SPF" and not own_txt:
            yield value, f"TXT {_data('TXT', texts)}"


def _entries(node: YamlNode) -> Iterator[tuple[str, YamlNode]]:
    for entry in list_items(node):
        for key, value in entry if isinstance(entry, TableNode) else ():
            with at_node(key):
                if key.text.upper() not in TYPES:
                    raise ValueError(f"{key.text} is not a record type that is known here: {', '.join(TYPES)}")
            yield key.text.upper(), value


def _data(rtype: str, texts: list[str]) -> str:
    """Return a record's data in master-file format (RFC 1035 section 5)."""
    if rtype in _TEXTS:
        return " ".join(_string(text) for text in texts) or '""'
    if rtype in _NAMES:
        *before, name = " ".join(texts).split(" ")
        return " ".join((*before, f"{name.rstrip('.')}."))
    return " ".join(texts)


def _string(text: str) -> str:
    return '"' + "".join(_octet(octet) for octet in text.encode()) + '"'


def _octet(octet: int) -> str:
    return chr(octet) if 32 <= octet < 127 and chr(octet) not in '"\\' else f"\\{octet:03d}"  # noqa: PLR2004 - printable


def _faults(name: str, node: YamlNode, section: Section) -> Iterator[tuple[Fault, ...]]:
    given = {record.partition(" ")[0] for _, record in _records(node, section)}
    for rtype, value in _entries(node):
        if isinstance(value, ScalarNode) and value.text in FAILURES:
            yield (Fault(name, FaultKind(value.text), rtype),)
    for entry in list_items(node):
        if isinstance(entry, ScalarNode) and entry.text in FAILURES:
            yield tuple(Fault(name, FaultKind(entry.text), rtype) for rtype in TYPES if rtype not in given)
