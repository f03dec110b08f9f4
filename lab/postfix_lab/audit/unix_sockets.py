"""UNIX sockets that Postfix's daemons connect to (milters, policy services, SASL, LMTP), with the daemon.

A chrooted daemon reaches nothing outside the queue directory. The mail host shows whether it can connect;
`endpoints.endpoint` knows where the server would listen on the admin's machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.fit.draft import Setting
from postfix_lab.fit.endpoints import endpoint
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import MILTERS, QUEUE, TRANSPORTS, server_name
from postfix_lab.text import printable

_MILTER = re.compile(r"(?<![\w/])((?:unix|local):[^\s,{}]+)")
_POLICY = re.compile(r"check_policy_service\s+(?:\{\s*)?(unix:[^\s,}]+)")
_LMTP = re.compile(r"\b([\w-]+):(unix:[^\s,;{}]+)")


@dataclass(frozen=True)
class Socket:
    """One socket as one daemon uses it."""

    role: str
    """`milter`, `policy service`, `SASL socket`, `LMTP socket`."""
    setting: Setting
    word: str
    """The word of the setting: `unix:/run/opendkim/opendkim.sock`."""
    service: Service
    """The daemon that connects."""

    @property
    def path(self) -> str:
        """The path that it connects to, seen from the queue directory or the chroot."""
        return self.word.partition(":")[2] if ":" in self.word.partition("/")[0] else self.word

    @property
    def listen(self) -> str:
        """The path at which the server listens, outside any chroot."""
        return endpoint(f"unix:{self.path}", chrooted=self.service.chrooted)[0].removeprefix("unix:")


def sockets(written: AdminConfig) -> tuple[Socket, ...]:
    """Return every socket with a daemon that uses it, chrooted daemons first, each path once for a role."""
    found = sorted(_sockets(written), key=lambda socket: not socket.service.chrooted)
    return tuple({(socket.role, socket.path): socket for socket in reversed(found)}.values())


def judge(written: AdminConfig, planned: Iterable[Socket], answers: Iterable[str]) -> Iterator[AuditFinding]:
    """Yield a finding for each socket that could not be reached."""
    for socket, answer in zip(planned, answers, strict=True):
        if answer:
            yield _unreachable(written, socket, answer)


def _unreachable(written: AdminConfig, socket: Socket, answer: str) -> AuditFinding:
    daemon = f"{socket.service.command}(8)"
    there = f"{QUEUE}/{socket.path.lstrip('/')}" if socket.service.chrooted else socket.path
    if socket.service.chrooted:
        daemon = f"{daemon}, which is chrooted ({written.service_place(socket.service)}),"
    what = printable(f"{daemon} cannot reach the {socket.role} {socket.word}: it looks at {there}")
    at, evidence = written.setting_place(socket.setting, socket.word), (printable(f"connect: {answer}"),)
    return AuditFinding(FindingKind.SOCKET, Severity.ERROR, at, what, printable(_remedy(written, socket)), evidence)


def _remedy(written: AdminConfig, socket: Socket) -> str:
    if socket.path.startswith(f"{QUEUE}/"):
        return f"write the path from the queue directory: {socket.path.removeprefix(f'{QUEUE}/')}"
    folder, _, name = socket.path.strip("/").rpartition("/")
    below = f"{folder.rpartition('/')[2] or 'private'}/{name}"
    server = server_name(socket.word) or "the server"
    return (
        f"have {server} listen at {QUEUE}/{below} and write {below} here, without a slash in "
        f"front; or use a TCP port of 127.0.0.1; or let it run without the chroot: "
        f"n in {written.service_place(socket.service)}"
    )


def _sockets(written: AdminConfig) -> Iterator[Socket]:
    draft = written.draft
    for setting in draft.settings():
        value = draft.expand(setting.value)
        if setting.name in MILTERS:
            reader = "smtpd" if setting.name == "smtpd_milters" else "cleanup"
            yield from _named_sockets("milter", written, setting, reader, _MILTER.findall(value))
        yield from _named_sockets("policy service", written, setting, "smtpd", _POLICY.findall(value))
        if setting.name in TRANSPORTS:
            yield from _lmtp(written, setting, value)
    yield from _sasl(written)


def _named_sockets(
    role: str, written: AdminConfig, setting: Setting, reader: str, words: Iterable[str]
) -> Iterator[Socket]:
    own = [setting.service] if setting.service else []
    readers = own or [s for s in written.services if s.command == reader and s.option(setting.name) is None]
    for word in words:
        yield from (Socket(role, setting, word, service) for service in readers)


def _lmtp(written: AdminConfig, setting: Setting, value: str) -> Iterator[Socket]:
    for name, word in _LMTP.findall(value):
        transports = (s for s in written.services if s.kind == "unix" and s.name == name and s.command == "lmtp")
        yield from (Socket("LMTP socket", setting, word, service) for service in transports)


def _sasl(written: AdminConfig) -> Iterator[Socket]:
    draft = written.draft
    main = {setting.name: setting for setting in draft.settings() if setting.service is None}
    for service in written.services:
        if service.command != "smtpd":
            continue
        own = {name: service.option(name) for name in ("smtpd_sasl_auth_enable", "smtpd_sasl_type", "smtpd_sasl_path")}
        value = {
            name: draft.expand(option if option is not None else draft.lookup(name) or "").strip()
            for name, option in own.items()
        }
        path = value["smtpd_sasl_path"]
        dovecot = (value["smtpd_sasl_auth_enable"], value["smtpd_sasl_type"]) == ("yes", "dovecot")
        if not dovecot or path.startswith("inet:"):
            continue
        options = (s for s in draft.settings() if s.service == service and s.name == "smtpd_sasl_path")
        setting = next(options, main.get("smtpd_sasl_path"))
        yield Socket("SASL socket", setting or Setting("smtpd_sasl_path", path), path, service)
