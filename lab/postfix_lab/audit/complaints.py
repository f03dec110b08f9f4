"""Errors and warnings that Postfix logs or prints: each `fatal:` and `warning:` with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.examined import CHECK, Examination
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from postfix_lab.errors import InputError
from postfix_lab.fit import blame
from postfix_lab.fit.collaborators.policyd_spf import PolicydSpf
from postfix_lab.fit.fitted import Fitted
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.text import printable, shorten

_OURS = ("postfix", *PolicydSpf.log_names)
_FATAL = ("fatal", "panic", "error")
_FOLLOWS = re.compile(r"process \S+ pid \d+ (exit status|killed)|bad command startup -- throttling")
"""What master(8) says of a daemon that has said by itself why it dies."""
_NOT_HIS = re.compile(
    r"makedefs\.out|postfix-files|unused parameter|undefined parameter|overriding earlier entry|NIS lookups disabled"
    r"|file system clock is|resetting file time stamps"
    r"|undeliverable postmaster notification"
    r"|hostname \S+ does not resolve to address|SASL \S+ authentication failed"
    r"|process limit|to avoid this condition, increase the process count|STRESS_README"
    r"|premature end-of-input on private/|unexpected EOF in data, record type|unexpected end-of-input from"
)
"""Debian's own files, the machine's clock, what a canary's bounce brings, clients of the lab that lie or log in,
how many sessions the lab holds at once, that it wakes daemons without mail for them, NIS in the default of alias_maps,
and what findings.py has from postconf(1)."""
_LABS_DNS = re.compile(r"valid_hostname: empty hostname|malformed domain name in resource name of SOA")
"""What dnsblog(8) says of the root's SOA record, which the lab's DNS gives for what no zone has."""
_HARMLESS = re.compile(r"DNSSEC validation may be unavailable|dnssec_probe")
_OF_TLS = re.compile(r"TLS library problem")
_SPOKEN_TLS = re.compile(r"error loading|cannot load|cannot get|No server certs|TLS context initialization")
_TOLD = re.compile(r"(?:^|: )(warning|error|fatal|panic): (.*)")
_SIZE = re.compile(r"queue file size limit exceeded|mail_stream_cleanup: close error|not enough free space in mail")
_VARIES = re.compile(
    r"`reject_(un)?authenticated_sender_login_mismatch'|\d+(\.\d+){3}|[0-9a-f:]{3,}::[0-9a-f:]*|\[[^\]]*\](:\d+)?|\b\d+\b"
)
"""What differs between messages of one cause; smtpd splits reject_sender_login_mismatch into two."""
_LOOKUP = re.compile(r"lookup (failure|problem|error)")
_NO_TABLE = re.compile(r"without it Postfix answers 451|and the folder holds those of other tables: 451")
_SMALLER = re.compile(r"(\w+_limit) is smaller than message_size_limit")
_WIDTH = 400
_IN_MASTER = ", in master.cf without white space, which ends the value of -o, or in braces"
_RELAY_REMEDY = "add reject_unauth_destination to smtpd_relay_restrictions"
_REMEDIES = (
    (r"DNSSEC|dnssec_probe", "nothing, if the host's own resolver validates: the lab's DNS signs nothing"),
    (r"at least one working instance of", _RELAY_REMEDY + _IN_MASTER),
    (r"unsupported protocol", "let smtpd_tls_mandatory_protocols and smtpd_tls_protocols have TLS 1.2 and later"),
    (r"No server certs", "name a certificate: smtpd_tls_chain_files, or smtpd_tls_cert_file and smtpd_tls_key_file"),
    (r"unknown smtpd restriction", "write the restriction as postconf(5) spells it"),
    (r"do not list domain", "take the domain out of one of the two lists"),
    (r"(open|stat) .*: No such file", "copy the file to where it is named, or take it out of the configuration"),
    (r"[Pp]ermission denied", "let the user that the daemon runs as read it; it is postfix, and root before it starts"),
    (r"connect to |Connection refused|problem talking to", "see to it that the server runs and listens there"),
    (r"not owned by|group or other writable", "give the file to root and let nobody else write it"),
    (r"proxy_read_maps|not authorized", "add the table to proxy_read_maps"),
    (r"bad (numerical|boolean|string|time)|invalid|unreasonable", "give the parameter a value as postconf(5) has it"),
    (r"SASL", "see smtpd_sasl_type and smtpd_sasl_path, and that Dovecot listens there"),
    (r"TLS|certificate|private key", "see the parameters smtpd_tls_*_file and smtpd_tls_chain_files"),
)
_ABOUT = (
    (r"queue file size limit|not enough free space", ("queue_minfree", "message_size_limit")),
    (r"unsupported protocol|no shared cipher|wrong version", ("smtpd_tls_mandatory_protocols", "smtpd_tls_protocols")),
    (r"No server certs", ("smtpd_tls_security_level", "smtpd_use_tls", "smtpd_tls_cert_file")),
    (r"DNSSEC|dnssec_probe", ("smtp_dns_support_level", "smtp_tls_security_level")),
    (r"SASL", ("smtpd_sasl_path", "smtpd_sasl_auth_enable")),
)
"""What a complaint without a name is about, and the parameters that settle it."""
_REMEDY = "mend what it names; postconf(5) has the parameters, and the host's own log what else was said then"


def judge(
    written: AdminConfig, fitted: Fitted, examined: Examination, known: Iterable[AuditFinding]
) -> Iterator[AuditFinding]:
    """Yield a finding for each distinct message that no finding of `known` covers."""
    reported = " ".join(f"{finding.what} {' '.join(finding.evidence)}" for finding in known)
    lines = examined.evidence.lines if examined.evidence else ()
    fatal = any(line.level in _FATAL and _is_by_postfix(line) for line in lines)
    tls = any(_SPOKEN_TLS.search(line.text) for line in lines)
    seen: set[str] = set()
    for program, level, text in (*_printed_complaints(examined), *_logged_complaints(lines)):
        alike = _VARIES.sub("#", text)
        follows = (fatal and _FOLLOWS.search(text)) or (tls and _OF_TLS.search(text))
        if alike in seen or follows or _is_out_of_scope(program, text) or _is_reported(text, reported):
            continue
        seen.add(alike)
        yield _complaint(written, fitted, program, level, text)


def _printed_complaints(examined: Examination) -> Iterator[tuple[str, str, str]]:
    for complaint in examined.complaints:
        if complaint.about == CHECK:
            for line in complaint.text.splitlines():
                if found := _TOLD.search(line):
                    yield "postfix", found[1], found[2]


def _logged_complaints(lines: Iterable[LogLine]) -> Iterator[tuple[str, str, str]]:
    for line in lines:
        if line.level is not None and _is_by_postfix(line):
            text = re.sub(r"^.*?(warning|error|fatal|panic): ", "", line.text, count=1)
            yield line.program, line.level, text.removeprefix(f"{line.queue_id}: ")


def _is_by_postfix(line: LogLine) -> bool:
    return line.program.startswith(_OURS)


def _is_out_of_scope(program: str, text: str) -> bool:
    """Whether the admin need not act on the message."""
    return bool(_NOT_HIS.search(text) or (program.endswith("/dnsblog") and _LABS_DNS.search(text)))


def _is_reported(text: str, reported: str) -> bool:
    """Whether a known finding (`reported`) is about the same socket, file, domain or restriction."""
    paths = re.findall(r"(?<![\w.])/?[\w.-]+/[\w./-]*\w", text)
    others = re.findall(r"do not list domain (\S+)|restriction `([^']+)' after", text)
    if "SASL authentication mechanisms" in text and "SASL socket" in reported:
        return True
    if _SIZE.search(text) and re.search("file too big|Insufficient system storage", reported):
        return True
    if _LOOKUP.search(text) and _NO_TABLE.search(reported):
        return True
    if "passwd" in text and "unix:passwd.byname" in reported:
        return True
    if (found := _SMALLER.search(text)) and f"is above {found[1]}" in reported:
        return True
    files = (re.sub(r"\.(db|lmdb|cdb)\Z", "", path) for path in paths)
    return any(word in reported for word in (*files, *(word for pair in others for word in pair if word)))


def _remedy(written: AdminConfig, text: str) -> str:
    if "at least one working instance of" in text and not written.parameter_place("compatibility_level").line:
        return "set compatibility_level, from 1 on smtpd_relay_restrictions has a default; or " + _RELAY_REMEDY
    return next((remedy for pattern, remedy in _REMEDIES if re.search(pattern, text)), _REMEDY)


def _complaint(written: AdminConfig, fitted: Fitted, program: str, level: str, text: str) -> AuditFinding:
    kind = FindingKind.FATAL if level in _FATAL else FindingKind.WARNED
    severity = Severity.ERROR if level in _FATAL else Severity.WARNING
    severity = Severity.NOTE if _HARMLESS.search(text) else severity
    remedy = _remedy(written, text)
    what = shorten(printable(f"{program} says: {level}: {text}"), _WIDTH)
    return AuditFinding(kind, severity, _place(written, fitted, program, text), what, remedy)


def _place(written: AdminConfig, fitted: Fitted, program: str, text: str) -> FilePlace:
    """Return the line that the message names, a service's option before main.cf, else the service that logged it."""
    if own := written.option_place(program, text):
        return own
    if found := blame.blame(f"fatal: {text}", written.source, fitted):
        return place_of(written, found)
    for pattern, parameters in _ABOUT:
        places = [written.parameter_place(parameter) for parameter in parameters] if re.search(pattern, text) else []
        if known := [place for place in places if place.line]:
            return known[0]
    if near := written.named_place(text):
        return near
    words = set(re.findall(r'["(]([\w.:\[\]-]+)[")]', text)) if program.endswith("/master") else set()
    named = [service for service in written.services if service.name in words]
    return written.service_place(named[-1]) if named else written.logging_place(program)


def place_of(written: AdminConfig, error: InputError) -> FilePlace:
    """Return the place of an error within the folder."""
    folder = f"{written.source.folder}/"
    return FilePlace((error.file or "").removeprefix(folder) or written.source.main, error.line or 0)
