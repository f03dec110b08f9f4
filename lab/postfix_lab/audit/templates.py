"""Placeholders of a template that nobody filled in: `${MAIL_DOMAIN}`. Postfix has no parameter in capitals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity

_NAMED = re.compile(r"\$(?:\{(\w+)[^}]*\}|\((\w+)\)|(\w+))")
_PLACEHOLDER = re.compile(r"[A-Z][A-Z0-9_]+")


def judge(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield one finding for each line with placeholders that no parameter of main.cf has a value for."""
    unfilled: dict[tuple[str, FilePlace], list[str]] = {}
    for setting in written.draft.settings():
        for name in placeholders(setting.value):
            if setting.file and written.draft.lookup(name) is None:
                place = written.setting_place(setting, name)
                unfilled.setdefault((setting.what, place), []).append(name)
    for (what, place), names in unfilled.items():
        listed = ", ".join(dict.fromkeys(names))
        told = f"{what}: an unfilled template: {listed} wants a value, and Postfix puts nothing in its place"
        remedy = f"fill the template before it is copied to the host, or set {listed} in {written.source.main}"
        yield AuditFinding(FindingKind.UNDEFINED, Severity.ERROR, place, told, remedy)


def placeholders(value: str) -> list[str]:
    """The names in capitals that a value refers to."""
    named = ("".join(groups) for groups in _NAMED.findall(value.replace("$$", "")))
    return [name for name in named if is_placeholder(name)]


def is_placeholder(name: str) -> bool:
    """Whether a name is in capitals, as no parameter of Postfix is."""
    return _PLACEHOLDER.fullmatch(name) is not None
