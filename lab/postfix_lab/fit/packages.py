"""The Debian packages that a configuration needs on its host besides postfix, for the report; nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postfix_lab.fit.draft import Draft, Setting

_TABLES = ("cdb", "ldap", "lmdb", "mongodb", "mysql", "pcre", "pgsql", "sqlite")
"""Table types that are a package of their own, `postfix-TYPE`."""
_TABLE = re.compile(rf"(?<![\w./:-])(?:proxy:)?({'|'.join(_TABLES)}):(?=[\w/$({{])")
_DEFAULTS = ("default_database_type", "default_cache_db_type")
_SASL_CLIENTS = ("smtp_sasl_auth_enable", "lmtp_sasl_auth_enable")
_PROGRAMS = {
    "policyd-spf": "postfix-policyd-spf-python",
    "postfix-policyd-spf-perl": "postfix-policyd-spf-perl",
}
"""Programs that spawn(8) starts, and their packages."""


def fit(draft: Draft) -> None:
    """Report the packages, each with the first place that needs it."""
    found: dict[str, Setting] = {}
    for package, setting in _needs(draft):
        found.setdefault(package, setting)
    if found:
        places = ", ".join(f"{package} for {setting.what}" for package, setting in found.items())
        reason = f"the host needs them besides postfix: {places}"
        draft.add_delta("Debian packages", ", ".join(found), reason, next(iter(found.values())))


def _needs(draft: Draft) -> Iterator[tuple[str, Setting]]:
    for setting in draft.settings():
        value = draft.expand(setting.value)
        kinds = [value.strip()] if setting.name in _DEFAULTS else _TABLE.findall(value)
        yield from ((f"postfix-{kind}", setting) for kind in kinds if kind in _TABLES)
        if value.strip() == "yes" and setting.name in _SASL_CLIENTS:
            yield "libsasl2-modules", setting
        if value.strip() == "yes" and setting.name == "smtpd_sasl_auth_enable":
            own = setting.service.option("smtpd_sasl_type") if setting.service else None
            kind = draft.expand(own) if own is not None else draft.value("smtpd_sasl_type")
            yield ("dovecot-core" if kind.strip() == "dovecot" else "libsasl2-modules"), setting
    for service in draft.services:
        words = [word.text.rpartition("/")[2] for word in service.arguments] if service.command == "spawn" else []
        for program in _PROGRAMS.keys() & set(words):
            yield _PROGRAMS[program], Setting(f"master.cf {service.name}", "", draft.source.master, service.first)
