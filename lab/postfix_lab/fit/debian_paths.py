"""Settings that depend on the system and the release: folders, owners, the log, the compatibility level."""

from __future__ import annotations

from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.postfix.parameters import HARMLESS, PLACES

_BEFORE_DOTS = 12
"""Postfix 3.5 (Debian 11) accepts only compatibility levels without a dot."""
_MULTIPLE = ("multi_instance_enable", "multi_instance_directories", "multi_instance_wrapper")


def fit(draft: Draft, debian: int) -> None:
    """Use Debian's folders, one instance, syslog, and a compatibility level that this release accepts."""
    _use_debian_paths(draft)
    _log(draft)
    _one_instance(draft)
    _level(draft, debian)


def _use_debian_paths(draft: Draft) -> None:
    found: list[Setting] = []
    for setting in tuple(draft.settings()):
        wanted = PLACES.get(setting.name)
        if setting.service is None and wanted is not None and draft.expand(setting.value).strip() != wanted:
            if setting.name in HARMLESS:
                continue
            draft.drop(setting.name)
            found.append(setting)
    if found:
        names = ", ".join(setting.name for setting in found)
        reason = "the packages of Debian keep their files and run as their own users"
        draft.add_delta(names, "Debian's own", reason, found[0])


def _log(draft: Draft) -> None:
    setting = next((s for s in draft.settings() if s.name == "maillog_file" and s.value.strip()), None)
    if setting is not None:
        draft.drop("maillog_file")
        reason = "the lab reads the log from syslog; the lines are the same"
        draft.add_delta("maillog_file", "(syslog)", reason, setting)


def _one_instance(draft: Draft) -> None:
    found = [s for s in draft.settings() if s.name in _MULTIPLE and s.value.strip() not in ("", "no")]
    for setting in found:
        draft.drop(setting.name)
    if found:
        names = ", ".join(setting.name for setting in found)
        reason = "one instance is under test; the others are configurations of their own"
        draft.add_delta(names, "(none)", reason, found[0])


def _level(draft: Draft, debian: int) -> None:
    setting = next((s for s in draft.settings() if s.name == "compatibility_level"), None)
    if setting is not None and debian < _BEFORE_DOTS and not setting.value.strip().isdigit():
        draft.set(setting, "2")
        draft.add_delta("compatibility_level", "2", "Postfix 3.5 reads whole numbers alone; 2 is its highest", setting)
