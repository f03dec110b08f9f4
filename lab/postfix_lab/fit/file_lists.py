"""Lists that name a file (`mydestination = /etc/postfix/domains`); if it is missing, no daemon of Postfix starts."""

from __future__ import annotations

from collections.abc import Iterator

from postfix_lab.errors import InputError
from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.fit.own_domains import mail_domain
from postfix_lab.fit.places import list_files, place_hint
from postfix_lab.postfix.parameters import DOMAINS, ETC, LISTS


def fit(draft: Draft) -> None:
    """Raise `InputError` if a list names a missing file; with `stand_ins = all` each gets a stand-in."""
    missing = tuple(missing_lists(draft))
    if missing and not draft.lends_all:
        raise _refusal(draft, missing)
    for setting, path in missing:
        own = mail_domain(draft) if setting.name in DOMAINS[:1] else ""
        draft.place(path, f"{own}\n" if own else "")
        draft.add_delta(f"{path} ({setting.what})", own or "empty", "the folder does not hold it", setting)


def missing_lists(draft: Draft) -> Iterator[tuple[Setting, str]]:
    """The missing files, each with the list that names it."""
    for setting in draft.of_kind(LISTS):
        yield from ((setting, path) for path in list_files(draft, setting) if not draft.has(path))


def refusal_text(draft: Draft, setting: Setting, path: str) -> str:
    """What is wrong with such a list, and what to do."""
    where = "" if path.startswith(f"{ETC}/") else f", as {place_hint(draft.source, path)}"
    return (
        f"{setting.what} names the file {path}, which the folder does not hold, and without it no daemon of Postfix "
        f"starts. Copy it into the folder{where}, or write its lines into the list"
    )


def _refusal(draft: Draft, missing: tuple[tuple[Setting, str], ...]) -> InputError:
    first, *others = missing
    also = "".join(f"; {path} of {setting.what} (line {setting.line}) is missing too" for setting, path in others)
    return draft.refusal(refusal_text(draft, *first) + also, first[0])
