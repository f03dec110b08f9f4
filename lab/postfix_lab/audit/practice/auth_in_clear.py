"""AUTH before TLS: whoever listens on the way reads the passwords (RFC 8314 section 4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from postfix_lab.postfix.files.master_cf import Service

_PARAMETERS = ("smtpd_tls_auth_only", "smtpd_sasl_auth_enable")


def judge(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield one finding for each setting by which listeners take passwords in the clear."""
    alike: dict[FilePlace, list[Service]] = {}
    for service in written.services:
        if service.command == "smtpd" and not written.is_inside(service) and takes_password_in_clear(written, service):
            alike.setdefault(_place(written, service), []).append(service)
    for place, services in alike.items():
        names = ", ".join(service.name for service in services)
        lacks = not any(_offers_tls(written, service) for service in services)
        more = "no TLS is offered there at all" if lacks else "a client that does not say STARTTLS sends it readable"
        what = f"AUTH is offered before TLS at {names}: the password crosses the network, and {more}"
        remedy = "set smtpd_tls_auth_only = yes"
        if lacks:
            remedy += ", with smtpd_tls_security_level = may and a certificate"
        yield AuditFinding(FindingKind.AUTH_IN_CLEAR, Severity.WARNING, place, what, remedy)


def takes_password_in_clear(written: AdminConfig, service: Service) -> bool:
    """Whether a client can log in with a plaintext mechanism before TLS."""
    own = written.draft.own_value
    if own(service, "smtpd_sasl_auth_enable") != "yes" or own(service, "smtpd_tls_auth_only") == "yes":
        return False
    demands = own(service, "smtpd_tls_security_level") == "encrypt" or own(service, "smtpd_enforce_tls") == "yes"
    hides = "noplaintext" in own(service, "smtpd_sasl_security_options")
    implicit = own(service, "smtpd_tls_wrappermode") == "yes" or service.port == "465"  # Or that is the finding.
    return not (demands or hides or implicit)


def _offers_tls(written: AdminConfig, service: Service) -> bool:
    own = written.draft.own_value
    return own(service, "smtpd_tls_security_level") == "may" or own(service, "smtpd_use_tls") == "yes"


def _place(written: AdminConfig, service: Service) -> FilePlace:
    """Return the line that settles it: an option of the service, else the parameter of main.cf."""
    for name in _PARAMETERS:
        if option := next((option for option in reversed(service.options) if option.name == name), None):
            return FilePlace(written.master_file, option.line)
    known = [written.parameter_place(name) for name in _PARAMETERS]
    return next((place for place in known if place.line), written.service_place(service))
