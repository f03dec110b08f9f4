"""Servers of lookup tables that answer by rules: tcp_table(5), socketmap_table(5), memcache_table(5) for all others.

What a rule says comes first, then the entries that the scenario gives, then what a stand-in would hold. memcache stands
for mysql, ldap and the like, because Postfix looks for the same keys in it: also for domains and parts of an address,
which it never does in socketmap and tcp tables. A permanent error is one of its own in a socketmap alone; other clients
know only that the lookup failed. Postfix asks each server without proxymap(8). None of the three may hold data that
have to be trusted, so local(8) and virtual(8) cannot ask them (postconf(5), `alias_maps`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Table
from postfix_lab.fit.draft import Draft, Setting, Stub
from postfix_lab.fit.named_tables import TableReference
from postfix_lab.fit.table_stand_ins import content_type, stand_in_content, stand_in_path
from postfix_lab.postfix.parameters import FOREIGN
from postfix_lab.text import did_you_mean

_FIRST_PORT = 61_800
_CLIENT = "memcache = inet:%s\nmax_try = 1\ntimeout = 10\n"
"""How Postfix asks in place of a database: once, and for 10 s, the time that ldap_table(5) has."""


def serve(draft: Draft, setting: Setting, table: TableReference, given: Table | None) -> str:
    """Have a server answer a table by the scenario's rules; returns the table's new name."""
    key = table.key.removeprefix("proxy:")
    rules = draft.choices.table_rules[key]
    if table.kind not in FOREIGN:
        hint = "give entries for it, or write the file"
        raise draft.refusal(f"{key} has rules, and it is no table of a server: {hint}", setting)
    protocol = table.kind if table.kind in ("tcp", "socketmap") else "memcache"
    entries, otherwise = _fallback(draft, setting, table, given)
    number = sum(stub.role == "table" for stub in draft.stubs.values())
    place = f"127.0.0.1:{_FIRST_PORT + number}"
    draft.add_stub(
        Stub("table", f"inet:{place}", protocol=protocol, rules=rules, entries=entries, otherwise=otherwise)
    )
    if protocol == "tcp":
        instead = f"tcp:{place}"
    elif protocol == "socketmap":
        instead = f"socketmap:inet:{place}:{table.path.rpartition(':')[2]}"
    else:
        file = f"{stand_in_path(table)}-{number}"
        draft.place(file, _CLIENT % place)
        instead = f"memcache:{file}"
    draft.substitute(setting, table.written, instead)
    value = f"a server that says {'; '.join(map(str, rules))}; else {len(entries)} entries, {otherwise}"
    draft.add_delta(f"{table.key} ({setting.what})", value, "the scenario's own rules", setting)
    return instead


def require_known(rules: Mapping[str, object], known: Iterable[str]) -> None:
    """Raise InputError for rules about a table that the configuration does not name."""
    names = sorted(known) or ["none"]
    for key in rules:
        if key not in names:
            raise InputError(f"the configuration names no table {key!r}; {did_you_mean(key, names)}")


def _fallback(draft: Draft, setting: Setting, table: TableReference, given: Table | None) -> tuple[Table, str]:
    """Return the entries of a table, and what is said about any other key."""
    if given is not None:
        return dict(given), "NOTFOUND"
    content, _, _ = stand_in_content(draft, setting, table)
    if content is None:
        return {}, "OK exists"
    if content_type(content) == "regexp":
        return {}, "OK %s"
    return dict(line.split(None, 1) for line in content.splitlines() if line), "NOTFOUND"
