"""What a chrooted daemon needs a copy of below the queue directory, and how the copies stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from postfix_lab.audit.as_written import Written
from postfix_lab.audit.finding import Finding, FindingKind, Severity
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import QUEUE

_NAMES = "/etc/resolv.conf"
_FILES = (_NAMES, "/etc/nsswitch.conf", "/etc/hosts", "/etc/services", "/etc/host.conf", "/etc/localtime")
_LIBRARIES = ("/lib/*/libnss_dns.so*", "/lib/*/libnss_files.so*", "/lib/*/libresolv.so*")
_BEFORE_BUILT_IN = 12
"""From Debian 12 on the resolver is part of libc, which a daemon has loaded before it is chrooted."""
_USERS = {"smtp_tls_CApath": ("smtp",), "smtpd_tls_CApath": ("smtpd", "tlsproxy"), "lmtp_tls_CApath": ("lmtp",)}
_SCRIPT = "/usr/lib/postfix/configure-instance.sh"


def copies(written: Written, debian: int) -> tuple[str, ...]:
    """The files and folders that a chrooted daemon of this configuration looks at; none where none is chrooted."""
    if not any(service.chrooted for service in written.services):
        return ()
    libraries = _LIBRARIES if debian < _BEFORE_BUILT_IN else ()
    return (*_FILES, *libraries, *(path for _, path in _authorities(written)))


def judge(written: Written, planned: Iterable[str], states: Iterable[str]) -> Iterator[Finding]:
    """A finding for each that is missing or stale; it stands where the daemon is chrooted, or the folder is named."""
    chrooted = next((s for s in written.services if s.chrooted and s.command == "smtpd"), None)
    chrooted = chrooted or next((s for s in written.services if s.chrooted), None)
    authorities = {path: name for name, path in _authorities(written)}
    wrong = [(path, state) for path, state in zip(planned, states, strict=True) if state]
    for path, state in wrong:
        if path in authorities:
            what = f"{authorities[path]}: {QUEUE}{path} is {state}, so no certificate can be verified in the chroot"
            remedy = f"fill it by `{_SCRIPT} -`, which needs cpio and openssl; or use a CAfile, which is read before"
            yield Finding(FindingKind.CHROOT, Severity.WARNING, written.of(authorities[path]), what, remedy)
    own = [one for one in wrong if one[0] not in authorities]
    for severity in (Severity.ERROR, Severity.WARNING):
        mine = [one for one in own if (severity is Severity.ERROR) == (one[0] == _NAMES)]
        if mine and chrooted:
            yield _outdated_finding(written, chrooted, severity, mine)


def _outdated_finding(written: Written, chrooted: Service, severity: Severity, wrong: list[tuple[str, str]]) -> Finding:
    told = ", ".join(f"{QUEUE}{path} is {state}" for path, state in wrong)
    effect = ": it knows no client by name" if severity is Severity.ERROR else ""
    remedy = f"run `{_SCRIPT} -` before `postfix start`, as Debian's unit does, or set the chroot to n there"
    what = f"{told}, and {chrooted.command}(8) is chrooted there{effect}"
    return Finding(FindingKind.CHROOT, severity, written.service(chrooted), what, remedy)


def _authorities(written: Written) -> Iterator[tuple[str, str]]:
    """Each folder of authorities that a chrooted daemon reads, with its parameter."""
    for setting in written.draft.settings():
        path = written.draft.expand(setting.value).strip()
        users = _USERS.get(setting.name, ())
        if path.startswith("/") and any(s.chrooted and s.command in users for s in written.services):
            yield setting.name, path.rstrip("/")
