"""Files that a chrooted daemon needs below the queue directory, and whether their copies are current."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import QUEUE

_NAMES = "/etc/resolv.conf"
_FILES = (_NAMES, "/etc/nsswitch.conf", "/etc/hosts", "/etc/services", "/etc/host.conf", "/etc/localtime")
_LIBRARIES = ("/lib/*/libnss_dns.so*", "/lib/*/libnss_files.so*", "/lib/*/libresolv.so*")
_BEFORE_BUILT_IN = 12
"""From Debian 12 on the resolver is part of libc, which a daemon has loaded before it is chrooted."""
_USERS = {"smtp_tls_CApath": ("smtp",), "smtpd_tls_CApath": ("smtpd", "tlsproxy"), "lmtp_tls_CApath": ("lmtp",)}
_SCRIPT = "/usr/lib/postfix/configure-instance.sh"


def copies(written: AdminConfig, debian: int) -> tuple[str, ...]:
    """Return the files and folders that this configuration's chrooted daemons read; none if none is chrooted."""
    if not any(service.chrooted for service in written.services):
        return ()
    libraries = _LIBRARIES if debian < _BEFORE_BUILT_IN else ()
    return (*_FILES, *libraries, *(path for _, path in _authorities(written)))


def judge(written: AdminConfig, planned: Iterable[str], states: Iterable[str]) -> Iterator[AuditFinding]:
    """Yield a finding for each missing or stale copy, at the chrooted service or at the parameter of the folder."""
    chrooted = next((s for s in written.services if s.chrooted and s.command == "smtpd"), None)
    chrooted = chrooted or next((s for s in written.services if s.chrooted), None)
    authorities = {path: name for name, path in _authorities(written)}
    wrong = [(path, state) for path, state in zip(planned, states, strict=True) if state]
    for path, state in wrong:
        if path in authorities:
            what = f"{authorities[path]}: {QUEUE}{path} is {state}, so no certificate can be verified in the chroot"
            remedy = f"fill it by `{_SCRIPT} -`, which needs cpio and openssl; or use a CAfile, which is read before"
            yield AuditFinding(
                FindingKind.CHROOT, Severity.WARNING, written.parameter_place(authorities[path]), what, remedy
            )
    own = [pair for pair in wrong if pair[0] not in authorities]
    for severity in (Severity.ERROR, Severity.WARNING):
        mine = [pair for pair in own if (severity is Severity.ERROR) == (pair[0] == _NAMES)]
        if mine and chrooted:
            yield _outdated_finding(written, chrooted, severity, mine)


def _outdated_finding(
    written: AdminConfig, chrooted: Service, severity: Severity, wrong: list[tuple[str, str]]
) -> AuditFinding:
    listed = ", ".join(f"{QUEUE}{path} is {state}" for path, state in wrong)
    effect = ": it knows no client by name" if severity is Severity.ERROR else ""
    remedy = f"run `{_SCRIPT} -` before `postfix start`, as Debian's unit does, or set the chroot to n there"
    what = f"{listed}, and {chrooted.command}(8) is chrooted there{effect}"
    return AuditFinding(FindingKind.CHROOT, severity, written.service_place(chrooted), what, remedy)


def _authorities(written: AdminConfig) -> Iterator[tuple[str, str]]:
    """Yield each CApath folder that a chrooted daemon reads, with its parameter."""
    for setting in written.draft.settings():
        path = written.draft.expand(setting.value).strip()
        users = _USERS.get(setting.name, ())
        if path.startswith("/") and any(s.chrooted and s.command in users for s in written.services):
            yield setting.name, path.rstrip("/")
