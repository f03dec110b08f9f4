"""The configuration as the admin wrote it, before anything is fitted: settings, services, and where each stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from postfix_lab.audit.finding import FilePlace
from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import Draft, Setting, begin_draft
from postfix_lab.fit.source import Source
from postfix_lab.postfix import restrictions
from postfix_lab.postfix.files import main_cf
from postfix_lab.postfix.files.lines import SPACE, split_lines
from postfix_lab.postfix.files.master_cf import Service


@dataclass(frozen=True)
class Written:
    """An admin's folder, with the release's own master.cf where it holds none."""

    source: Source
    master_text: str

    @cached_property
    def draft(self) -> Draft:
        """Its settings and services, with nothing put in their place."""
        return begin_draft(self.source, Choices(), {}, self.master_text)

    @property
    def services(self) -> tuple[Service, ...]:
        """The entries of master.cf."""
        return self.draft.services

    @property
    def master_file(self) -> str:
        """The name of master.cf in the folder, or as the package has it."""
        return self.source.master or "master.cf"

    @property
    def _main(self) -> str:
        return self.source.files[self.source.main]

    def at(self, setting: Setting, word: str = "") -> FilePlace:
        """Where a setting is written; with a word, the line of it that has the word."""
        if not setting.file:
            return self.of(setting.name)
        parameter = next((p for p in main_cf.parameters(self._main) if p.first == setting.line), None)
        if setting.service is not None or parameter is None:
            return FilePlace(setting.file, setting.line)
        own = enumerate(split_lines(self._main)[parameter.first - 1 : parameter.last], parameter.first)
        return FilePlace(setting.file, next((number for number, line in own if _says(line, word)), setting.line))

    def of(self, name: str, word: str = "") -> FilePlace:
        """Where main.cf sets a parameter; the file alone where it leaves the default."""
        found = next((s for s in self.draft.settings() if s.name == name and s.service is None and s.file), None)
        return self.at(found, word) if found else FilePlace(self.source.main)

    def service(self, service: Service) -> FilePlace:
        """Where an entry of master.cf begins."""
        return FilePlace(self.master_file, service.first if self.source.master else 0)

    def logged_as(self, program: str) -> FilePlace:
        """The entry of master.cf whose daemon logs as that program: `postfix/submission/smtpd`; else main.cf."""
        found = self._who_logs(program) if self.source.master else None
        return self.service(found) if found else FilePlace(self.source.main)

    def own_option(self, program: str, text: str) -> FilePlace | None:
        """The option that a complaint names, of the service that complains: it counts in place of main.cf's setting."""
        service = self._who_logs(program) if self.source.master else None
        words = set(re.findall(r"[\w-]+", text))
        lines = [option.line for option in service.options if option.name in words] if service else []
        return FilePlace(self.master_file, lines[-1]) if lines else None

    def _who_logs(self, program: str) -> Service | None:
        parts = program.split("/")
        mine = [s for s in self.services if s.command == parts[-1]]
        named = [s for s in mine if _names(s, "/".join(parts[:-1]))]
        return next(iter(named or [s for s in mine if s.option("syslog_name") is None] or mine), None)

    def naming(self, text: str) -> FilePlace | None:
        """The setting that a complaint is about: one that is named in it, or has a path or a name that it has."""
        paths = re.findall(r"(?<![\w.])/[\w./-]+\w", text)
        words = set(re.findall(r"[\w-]+", text))
        for setting in self.draft.settings():
            others = set(re.findall(r"\$[{(]?(\w+)", setting.value))
            if setting.file and (setting.name in words or any(_says(setting.value, path) for path in paths)):
                return self.at(setting)
            if setting.file and (unknown := others & words - {"config_directory", "data_directory"}):
                return self.at(setting, next(iter(unknown)))
        return None

    def traced(self, place: restrictions.Place) -> FilePlace:
        """A place as the trace names it, by the folder's own names."""
        if place.file == "master.cf":
            return FilePlace(self.master_file, (place.line or 0) if self.source.master else 0)
        return FilePlace(self.source.main, place.line or 0 if place.file == "main.cf" else 0)


def _says(line: str, word: str) -> bool:
    """Whether a line of a file has a word; a path may begin with the name of a folder there."""
    if not word or line.lstrip(SPACE).startswith("#"):
        return False
    return word in line or ("/" in word and "$" in line and f"/{word.rpartition('/')[2]}" in line)


def _names(service: Service, syslog_name: str) -> bool:
    own = service.option("syslog_name") or ""
    return bool(own) and re.sub(r"\$[({]?service_name[)}]?", service.name, own) == syslog_name
