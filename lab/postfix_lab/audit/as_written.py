"""The configuration as the admin wrote it, before fitting: settings and services, with file and line of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from postfix_lab.audit.finding import FilePlace
from postfix_lab.fit import places
from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import Draft, Setting, begin_draft
from postfix_lab.fit.source import Source
from postfix_lab.postfix import restrictions
from postfix_lab.postfix.files import main_cf
from postfix_lab.postfix.files.lines import BLANKS, SPACE, logical_lines, split_lines
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.files.place import PlacedWord, words_in_main

LOOPBACK = frozenset({"loopback-only", "localhost", "127.0.0.1", "::1", "[::1]"})
"""Addresses at which only the mail host itself reaches a listener."""
_KEY = re.compile(r'"[^"]*"|[^\s:]+(?=\s*:)')


@dataclass(frozen=True)
class AdminConfig:
    """An admin's folder; master.cf is that of the release if the folder has none."""

    source: Source
    master_text: str

    @cached_property
    def draft(self) -> Draft:
        """Its settings and services, without any change by the fit; its files are at the paths that they have there."""
        draft = begin_draft(self.source, Choices(), {}, self.master_text)
        places.fit(draft)
        return draft

    @property
    def services(self) -> tuple[Service, ...]:
        """The entries of master.cf."""
        return self.draft.services

    @property
    def master_file(self) -> str:
        """The name of master.cf in the folder, else the package's."""
        return self.source.master or "master.cf"

    @property
    def _main(self) -> str:
        return self.source.files[self.source.main]

    @property
    def first_place(self) -> FilePlace:
        """The first line of main.cf: the place of what it does not set."""
        return FilePlace(self.source.main, 1)

    def is_inside(self, service: Service) -> bool:
        """Whether only the mail host itself reaches that listener."""
        if service.address:
            return service.address in LOOPBACK
        words = [word for word in re.split(r"[\s,]+", self.draft.own_value(service, "inet_interfaces")) if word]
        return bool(words) and all(word in LOOPBACK for word in words)

    def words(self, name: str) -> tuple[PlacedWord, ...]:
        """The words of a list of main.cf, each with its place; none if it is not set there."""
        return words_in_main(self._main, name) or ()

    def keys(self, path: str) -> Iterator[tuple[str, int]]:
        """Yield each key of an indexed table's source with its line; in aliases(5), a colon ends it."""
        content = self.draft.files.get(path)
        for line in logical_lines(content.text) if content else ():
            if word := next(line.whole.words(BLANKS), None):
                found = _KEY.match(line.text)
                yield (found[0].strip('"') if found and word.text.endswith(":") else word.text), line.first

    def setting_place(self, setting: Setting, word: str = "") -> FilePlace:
        """Return the line of a setting; with `word`, the line of its value that contains the word."""
        if not setting.file:
            return self.parameter_place(setting.name)
        parameter = next((p for p in main_cf.parameters(self._main) if p.first == setting.line), None)
        if setting.service is not None or parameter is None:
            return FilePlace(setting.file, setting.line)
        own = enumerate(split_lines(self._main)[parameter.first - 1 : parameter.last], parameter.first)
        return FilePlace(setting.file, next((number for number, line in own if _has_word(line, word)), setting.line))

    def parameter_place(self, name: str, word: str = "") -> FilePlace:
        """Return the line in which main.cf sets a parameter; line 0 if it does not."""
        found = next((s for s in self.draft.settings() if s.name == name and s.service is None and s.file), None)
        return self.setting_place(found, word) if found else FilePlace(self.source.main)

    def service_place(self, service: Service) -> FilePlace:
        """Return the first line of an entry of master.cf."""
        return FilePlace(self.master_file, service.first if self.source.master else 0)

    def logging_place(self, program: str) -> FilePlace:
        """Return the master.cf entry whose daemon logs as that program (`postfix/submission/smtpd`), else main.cf."""
        found = self._logging_service(program) if self.source.master else None
        return self.service_place(found) if found else FilePlace(self.source.main)

    def option_place(self, program: str, text: str) -> FilePlace | None:
        """Return the `-o` option that a message names, of the service that logged it; it overrides main.cf."""
        service = self._logging_service(program) if self.source.master else None
        words = set(re.findall(r"[\w-]+", text))
        lines = [option.line for option in service.options if option.name in words] if service else []
        return FilePlace(self.master_file, lines[-1]) if lines else None

    def _logging_service(self, program: str) -> Service | None:
        parts = program.split("/")
        mine = [s for s in self.services if s.command == parts[-1]]
        named = [s for s in mine if _names(s, "/".join(parts[:-1]))]
        return next(iter(named or [s for s in mine if s.option("syslog_name") is None] or mine), None)

    def named_place(self, text: str) -> FilePlace | None:
        """Return the setting that a message is about: it names the parameter, or a path, table or name of its value."""
        paths = re.findall(r"(?<![\w.])/[\w./-]+\w", text)
        words = set(re.findall(r"[\w-]+", text))
        for setting in self.draft.settings():
            others = set(re.findall(r"\$[{(]?(\w+)", setting.value))
            inline = setting.value.partition(":")[2].strip()
            quoted = inline.startswith("{") and inline in text
            if setting.file and (setting.name in words or quoted or any(_has_word(setting.value, p) for p in paths)):
                return self.setting_place(setting)
            if setting.file and (unknown := others & words - {"config_directory", "data_directory"}):
                return self.setting_place(setting, next(iter(unknown)))
        return None

    def trace_place(self, place: restrictions.Place) -> FilePlace:
        """Return a place of the trace, with the file names of the folder."""
        if place.file == "master.cf":
            return FilePlace(self.master_file, (place.line or 0) if self.source.master else 0)
        return FilePlace(self.source.main, place.line or 0 if place.file == "main.cf" else 0)


def _has_word(line: str, word: str) -> bool:
    """Whether a line of a file contains a word; a path may have a longer prefix there."""
    if not word or line.lstrip(SPACE).startswith("#"):
        return False
    return word in line or ("/" in word and "$" in line and f"/{word.rpartition('/')[2]}" in line)


def _names(service: Service, syslog_name: str) -> bool:
    own = service.option("syslog_name") or ""
    return bool(own) and re.sub(r"\$[({]?service_name[)}]?", service.name, own) == syslog_name
