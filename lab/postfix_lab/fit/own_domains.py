"""The host's own domain, and all domains that it accepts mail for, as far as the files name them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postfix_lab.fit.draft import Draft
from postfix_lab.postfix.files.lines import BLANKS, logical_lines, split_lines
from postfix_lab.postfix.parameters import DOMAINS

_DOMAIN = re.compile(r"[A-Za-z0-9_](?:[\w-]*\.)+[\w-]+")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?", re.IGNORECASE)
"""A name that can be the origin of a zone; any other, such as a template's placeholder, is ignored."""
_MANY = 50
"""The largest number of domains that get zones in a world; a hosting provider may have thousands."""
DEFAULT_HOST = "mx.lab.test"


def own_domain(draft: Draft) -> str:
    """`mydomain` as main.cf sets it, else the parent of `myhostname`, as Postfix derives it."""
    return draft.value("mydomain").strip() or draft.value("myhostname").strip().partition(".")[2]


def mail_domain(draft: Draft) -> str:
    """The domain to put into a stand-in table: the own domain, or the host's name if that is a TLD."""
    own = own_domain(draft)
    return own if "." in own else draft.value("myhostname").strip()


def domains(draft: Draft, name: str) -> tuple[str, ...]:
    """The domains in a list (ADDRESS_CLASS_README), and the keys of the files that it names."""
    return tuple(dict.fromkeys(_domains(draft, name)))


def own_domains(draft: Draft) -> tuple[str, ...]:
    """Every domain that the host accepts mail for; its own domain comes first if it is one of them."""
    found = list(dict.fromkeys(domain for name in DOMAINS for domain in domains(draft, name)))
    named = {draft.value("myhostname").strip(), "localhost", "localdomain"}
    others = [d for d in found if d not in named and not d.startswith("localhost.") and not d.endswith(".localdomain")]
    own = own_domain(draft)
    first = [own] if own in found else []
    host = [domain for domain in found if domain == draft.value("myhostname").strip()]
    return tuple(dict.fromkeys(d for d in (*first, *others, *host) if _NAME.fullmatch(d)))[:_MANY]


def relayed_domains(draft: Draft) -> tuple[str, ...]:
    """The domains that only `relay_domains` has, without the host's own."""
    others = (name for name in DOMAINS if name != "relay_domains")
    own = {own_domain(draft), *(domain for name in others for domain in domains(draft, name))}
    return tuple(domain for domain in domains(draft, "relay_domains") if domain not in own)


def _domains(draft: Draft, name: str) -> Iterator[str]:
    value = _expanded_list(draft, name)
    for word in re.split(r"[\s,]+", value):
        if ":" in word:
            yield from _keys(draft, word)
        elif word.startswith("/"):
            yield from _lines(draft, word)
        elif word and not word.startswith(("!", "$")):
            yield word.lower()


def _expanded_list(draft: Draft, name: str) -> str:
    """The list with `$myhostname` and `$mydomain` expanded; Postfix's default if it is not set."""
    value = draft.lookup(name) or ""
    known = {"myhostname": draft.value("myhostname"), "mydomain": own_domain(draft)}
    return draft.expand(re.sub(r"\$[({]?(myhostname|mydomain)[)}]?", lambda found: known[found[1]], value))


def _keys(draft: Draft, table: str) -> Iterator[str]:
    path = table.rpartition(":")[2]
    content = draft.files.get(path)
    for line in logical_lines(content.text) if content else ():
        key = next((word.text.lower() for word in line.whole.words(BLANKS)), "")
        if _DOMAIN.fullmatch(key):
            yield key


def _lines(draft: Draft, path: str) -> Iterator[str]:
    content = draft.files.get(path)
    for line in split_lines(content.text) if content else ():
        word = line.partition("#")[0].strip().lower()
        if word:
            yield word

