"""Policy services that master.cf would have to start, and does not: Postfix answers 451 4.3.5 to every client."""

from __future__ import annotations

from collections.abc import Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.audit.unix_sockets import Socket, sockets
from postfix_lab.fit.own_sockets import is_served, own_socket
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.text import printable


def judge(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield a finding for each policy service at a socket that no service of master.cf makes."""
    for one in sockets(written):
        listen = f"unix:{one.listen}"
        own = own_socket(listen) if one.role == "policy service" else ""
        if own and not is_served(written.draft, listen):
            yield _finding(written, one, own)


def _finding(written: AdminConfig, one: Socket, own: str) -> AuditFinding:
    name = own.partition("/")[2]
    spawned = [service for service in written.services if service.command == "spawn" and service.kind == "unix"]
    what = f"{one.setting.what}: nothing in {written.master_file} makes {own}, so whoever gets there is told 451 4.3.5"
    remedy = f"add a service {name} of type unix that spawn(8) starts, or take the check_policy_service out"
    if spawned:
        others = ", ".join(f"{_folder(service)}/{service.name}" for service in spawned)
        remedy = f"{remedy}; {written.master_file} has {others}"
    place = written.setting_place(one.setting, own)
    return AuditFinding(FindingKind.SOCKET, Severity.ERROR, place, printable(what), printable(remedy))


def _folder(service: Service) -> str:
    return "private" if service.private else "public"
