"""The content of a table's stand-in.

It is empty, with three exceptions: for domains (an empty table would make every domain foreign), recipients (it would
refuse all) and the logins of sender addresses (it would refuse every authenticated sender).
"""

from __future__ import annotations

import re

from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.fit.named_tables import TableReference, table_references
from postfix_lab.fit.own_domains import domains, mail_domain, own_domains
from postfix_lab.postfix.parameters import BUILT, DOMAINS, ETC, FOREIGN, OWNERS, PASSWORDS, RECIPIENTS

STAND_INS = "/etc/postfix-lab/tables"
_OWNER = "/^(.+@%s)$/ $1\n"
"""A regexp table in which each address of a domain belongs to the login of the same name."""
EVERYBODY = "static:exists"


def stand_in_content(draft: Draft, setting: Setting, table: TableReference) -> tuple[str | None, str, str]:
    """The content of a stand-in, its description and the reason; content None: every key is found."""
    if setting.name in RECIPIENTS:
        return None, "every recipient exists", "an empty table would refuse everybody"
    if setting.name in OWNERS:
        all_own = dict.fromkeys((*own_domains(draft), mail_domain(draft)))
        content = "".join(_OWNER % re.escape(domain) for domain in all_own if domain)
        return content, "an own address belongs to the user of its name", "an empty table would refuse every user"
    if setting.name in DOMAINS:
        own = mail_domain(draft)
        mine = any(own in domains(draft, name) for name in DOMAINS)
        if own and not mine and setting.name == _first_unanswered(draft):
            return f"{own} own\n", own, "an empty table would make the own domain a stranger's"
    if table.kind == "unix":
        return None, "every account exists", "an empty table would refuse everybody"
    return "", "empty", "nothing is found in it"


def _first_unanswered(draft: Draft) -> str:
    """The first list of domains with a missing table, which gets the own domain; final destinations come first."""
    for name in DOMAINS:
        setting = Setting(name, draft.lookup(name) or "")
        if any(table.kind in FOREIGN or not draft.has(table.path) for table in table_references(draft, setting)):
            return name
    return ""


def place_missing(draft: Draft, setting: Setting, table: TableReference) -> None:
    """Write a stand-in for a missing file, because Postfix would answer 451 4.3.0."""
    content, value, _ = stand_in_content(draft, setting, table)
    if content is None:
        content, value = ("", "empty") if table.kind in BUILT | {"texthash", "cidr"} else ("/^/ exists\n", value)
        if not content:
            draft.substitute(setting, table.written, EVERYBODY)
            value = "every recipient exists"
    elif content_type(content) == "regexp" and table.kind not in ("regexp", "pcre"):
        draft.substitute(setting, table.written, f"regexp:{stand_in_path(table)}")
        draft.place(stand_in_path(table), content)
        content = ""
    draft.place(table.path, content)
    if setting.name in PASSWORDS:
        reason = "the folder does not hold it, on purpose as a rule: there are passwords in it; give entries to log in"
        draft.add_delta(table.key, value, reason, setting)
        return
    where = "the folder does not hold it" if table.path.startswith(f"{ETC}/") else "it lies outside of the folder"
    draft.add_delta(table.key, value, f"{where}; Postfix would answer each lookup with 451 4.3.0", setting)


def content_type(content: str) -> str:
    """The type of a table with that content: patterns, or fixed keys."""
    return "regexp" if content.startswith(_OWNER.partition("%")[0]) else "texthash"


def stand_in_path(table: TableReference) -> str:
    """The file of the stand-in for a table."""
    return f"{STAND_INS}/{table.kind}-{re.sub(r'[^A-Za-z0-9.]+', '-', table.path).strip('-')}"
