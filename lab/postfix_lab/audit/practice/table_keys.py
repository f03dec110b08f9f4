"""Keys of tables that Postfix never looks up.

access(5), transport(5), virtual(5), canonical(5) and aliases(5) say which forms of a key are looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from postfix_lab.fit.named_tables import NOT_TABLES, table_references
from postfix_lab.postfix.parameters import BUILT, CACHES, ETC
from postfix_lab.text import printable

_TEXT = "texthash"
_ACCESS = re.compile(r"check_(\w+)_access[\s,]+(?:proxy:)?(\w+):([^\s,{}]+)", re.IGNORECASE)
_NAMES = {
    "client": "client", "reverse_client_hostname": "client", "helo": "client", "sender": "mail", "recipient": "mail",
}  # fmt: skip


class _KeyForm(NamedTuple):
    """A form of key that a kind of table never has, and how it is written there."""

    key: re.Pattern[str]
    instead: str


_NETWORK = _KeyForm(re.compile(r"[\d.]+\.\d+/\d+|[0-9a-f:]+:[0-9a-f:]*/\d+"), "a network needs a cidr: table")
_DOT = _KeyForm(re.compile(r"\d{1,3}(\.\d{1,3}){0,2}\."), "write a network without its last dot: 192.168")
_STAR = _KeyForm(re.compile(r"(?!\*\Z)\S*\*\S*"), "a * stands for nothing in an indexed table")
_BRACKETS = _KeyForm(re.compile(r"\[\S*\]"), "write the address without brackets")
_AT = _KeyForm(re.compile(r"@\S+"), "write the domain without @")
_SUB = _KeyForm(re.compile(r"\.[a-z]\S*"), "write the domain without its dot: it matches its subdomains as well")
_RULES = {
    "client": (_NETWORK, _DOT, _BRACKETS, _STAR, _AT, _SUB),
    "mail": (_NETWORK, _STAR, _AT, _SUB),
    "transport": (_KeyForm(_STAR.key, "write .domain for its subdomains, and domain for itself"), _AT),
    "virtual": (_KeyForm(_STAR.key, "write @domain for every address of it"),),
    "aliases": (_KeyForm(re.compile(r"[^\s\":|/]+@\S+"), "local(8) looks up what is in front of the @"),),
}
_PARAMETERS = {
    "transport_maps": "transport", "virtual_alias_maps": "virtual", "virtual_mailbox_maps": "virtual",
    "canonical_maps": "virtual", "sender_canonical_maps": "virtual", "recipient_canonical_maps": "virtual",
    "relay_recipient_maps": "virtual", "alias_maps": "aliases",
}  # fmt: skip
_PARENT = "parent_domain_matches_subdomains"


def judge(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield a finding for each table of the folder with such keys, at the line of the first one."""
    for path, use in _uses(written).items():
        wrong = [(key, line, rule) for key, line in written.keys(path) if (rule := _broken_rule(written, use, key))]
        if wrong:
            key, line, rule = wrong[0]
            more = f", and {len(wrong) - 1} more like it" if wrong[1:] else ""
            what = f"{key} is never looked up in a table of {_ABOUT[use]}{more}: {rule.instead}"
            place = FilePlace(path.removeprefix(f"{ETC}/"), line)
            remedy = "write the key as the manual page has it, and run postmap"
            listed = tuple(printable(f"{place.file}:{number} {other}") for other, number, _ in wrong[1:])
            yield AuditFinding(FindingKind.TABLE_KEY, Severity.WARNING, place, printable(what), remedy, listed)


_ABOUT = {
    "client": "clients (access(5))", "mail": "senders or recipients (access(5))",
    "transport": "transports (transport(5))", "virtual": "addresses (virtual(5), canonical(5))",
    "aliases": "aliases (aliases(5))",
}  # fmt: skip


def _uses(written: AdminConfig) -> dict[str, str]:
    """Return the path of each indexed table of the folder with its use; a table with two uses is left out."""
    found: dict[str, set[str]] = {}
    for setting in written.draft.settings():
        if setting.name in CACHES | NOT_TABLES:
            continue
        value = written.draft.expand(setting.value)
        access = {path: _NAMES.get(about.lower(), "") for about, _, path in _ACCESS.findall(value)}
        for table in table_references(written.draft, setting):
            if table.kind in BUILT | {_TEXT} and table.path.removeprefix(f"{ETC}/") in written.source.files:
                found.setdefault(table.path, set()).add(access.get(table.path) or _PARAMETERS.get(setting.name, ""))
    return {path: next(iter(uses)) for path, uses in found.items() if len(uses) == 1 and "" not in uses}


def _broken_rule(written: AdminConfig, use: str, key: str) -> _KeyForm | None:
    low = key.lower()
    rules = _RULES[use]
    parents = written.draft.lookup(_PARENT)
    if parents is not None and "smtpd_access_maps" not in written.draft.expand(parents):
        rules = tuple(rule for rule in rules if rule is not _SUB)
    return next((rule for rule in rules if rule.key.fullmatch(low)), None)
