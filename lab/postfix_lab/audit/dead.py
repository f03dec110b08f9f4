"""Restrictions without effect: after one that always decides, or in a list that no service evaluates.

The lists are those that Postfix uses (`postconf -x`, `-Px`), for each service. A restriction is dead if it is dead
in every service that has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.postfix.configuration import LISTS, Configured
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import FOREIGN
from postfix_lab.postfix.restrictions import Restriction
from postfix_lab.postfix.restrictions.restriction import in_effect
from postfix_lab.text import printable

Reason = tuple[Severity, str, str]
"""How much it matters, why it is dead, and what to do."""
_ALWAYS = ("permit", "reject", "defer")
_REFUSALS = ("reject", "defer")
_STATIC = re.compile(r"static:\{?\s*(ok|permit|relay|reject|defer|[45]\d\d|\d+)\b", re.IGNORECASE)
_COMPLEMENTS = (
    {"permit_auth_destination", "reject_unauth_destination"},
    {"permit_auth_destination", "defer_unauth_destination"},
)
_NEEDS = (
    (re.compile("permit_sasl_authenticated|reject_authenticated_sender_login_mismatch"),
     "smtpd_sasl_auth_enable", "yes"),
    (re.compile(r"permit_tls_(all_)?clientcerts"), "smtpd_tls_ask_ccert", "yes"),
)  # fmt: skip
_ETRN = "smtpd_etrn_restrictions"
_ACCESS = re.compile(r"check_\w+_access[\s,]+(?:proxy:)?([a-z]+):([^\s,{}]+)")
_EARLY = {
    "smtpd_client_restrictions": re.compile(r"helo|sender|recipient|auth_destination"),
    "smtpd_helo_restrictions": re.compile(r"sender|recipient|auth_destination"),
    "smtpd_sender_restrictions": re.compile(r"recipient|auth_destination"),
}
"""What is not known yet where `smtpd_delay_reject = no` runs a list at once."""


def judge(written: AdminConfig, configured: Configured) -> Iterator[AuditFinding]:
    """Yield a finding for each restriction of main.cf or master.cf that no session reaches or that decides nothing."""
    reasons: dict[Restriction, list[Reason | None]] = {}
    for service in (s for s in written.services if s.command == "smtpd"):
        for restriction, reason in _service_restrictions(written, configured, service):
            reasons.setdefault(restriction, []).append(reason)
    alike: dict[tuple[str, Reason], list[Restriction]] = {}
    for restriction, found in reasons.items():
        first = found[0]
        if first is not None and all(found) and restriction.place.file in ("main.cf", "master.cf"):
            alike.setdefault((restriction.list, first), []).append(restriction)
    for (name, reason), dead in alike.items():
        yield _dead_finding(written, name, reason, dead)
    yield from _unused_lists(written, configured, set(reasons))


def _dead_finding(written: AdminConfig, name: str, reason: Reason, dead: Sequence[Restriction]) -> AuditFinding:
    """Return the finding for restrictions of one list that are dead for the same reason, at the first one's place."""
    severity, why, remedy = reason
    first, *others = dead
    more = f" and {len(others)} more behind it" if others else ""
    what = printable(f"{name}: {first.text}{more} can never fire: {why}")
    listed = tuple(printable(f"{written.trace_place(restriction.place)} {restriction.text}") for restriction in others)
    return AuditFinding(FindingKind.DEAD, severity, written.trace_place(first.place), what, remedy, listed)


def _service_restrictions(
    written: AdminConfig, configured: Configured, service: Service
) -> Iterator[tuple[Restriction, Reason | None]]:
    closed: Restriction | None = None
    for name in LISTS:
        own = in_effect(configured, name, _key(service))
        for index, restriction in enumerate(own):
            before = None if name == _ETRN else closed  # ETRN is a command of its own: no mail was refused before.
            yield restriction, _reason(written, configured, service, own[:index], restriction, before)
        closed = closed or _closing_restriction(own, configured)


def _reason(  # noqa: PLR0913, PLR0917 - all that it can depend on
    written: AdminConfig, configured: Configured, service: Service, before: Sequence[Restriction],
    restriction: Restriction, closed: Restriction | None,
) -> Reason | None:  # fmt: skip
    if closed is not None:
        why = f"{closed.list} refuses everybody before, by {closed.text} ({written.trace_place(closed.place)})"
        return Severity.WARNING, why, f"put something that permits in front of that {closed.text}, or take it out"
    if decides := _deciding_restriction(before):
        place = written.trace_place(decides.place)
        why = f"{decides.text} in front of it ({place}) always decides"
        return Severity.WARNING, why, f"move it in front of {decides.text}, or take it out"
    early = _EARLY.get(restriction.list)
    at_once = configured.value("smtpd_delay_reject", _key(service)) == "no"
    if early and at_once and early.search(restriction.name.lower()):
        why = "with smtpd_delay_reject = no its list runs before that is known"
        return Severity.WARNING, why, "move it to smtpd_recipient_restrictions, or leave smtpd_delay_reject at yes"
    for pattern, parameter, value in _NEEDS:
        if pattern.fullmatch(restriction.name.lower()) and _value(written, service, parameter) != value:
            return Severity.NOTE, f"{parameter} is not {value} here", f"take it out, or set {parameter} = {value}"
    if restriction.decides and _is_repeated(before, restriction):
        return Severity.NOTE, "the same stands in front of it already", "take one of the two out"
    return None


def _is_repeated(before: Sequence[Restriction], restriction: Restriction) -> bool:
    """Whether the same stands in front of it; `warn_if_reject` in front of one of the two makes them differ."""

    def softened(index: int) -> bool:
        return index > 0 and before[index - 1].name.lower() == "warn_if_reject"

    this = (restriction.name.lower(), restriction.argument, softened(len(before)))
    return any((r.name.lower(), r.argument, softened(index)) == this for index, r in enumerate(before))


def _key(service: Service) -> str:
    """Return the service's name as postconf(1) has it."""
    return f"{service.name}/{service.kind}"


def _deciding_restriction(before: Sequence[Restriction]) -> Restriction | None:
    """Return the restriction after which the list is never continued, or None."""
    names: set[str] = set()
    for index, restriction in enumerate(before):
        name = restriction.name.lower()
        softened = index > 0 and before[index - 1].name.lower() == "warn_if_reject"
        static = _STATIC.match(restriction.argument) if name.startswith("check_") else None
        if (name in _ALWAYS or static) and not (softened and name != "permit"):
            return restriction
        if not softened:
            names.add(name)
        if any(pair <= names for pair in _COMPLEMENTS):
            return restriction
    return None


def _closing_restriction(own: Sequence[Restriction], configured: Configured) -> Restriction | None:
    """Return the restriction by which a list refuses every client; None if some may pass."""
    classes = {name.lower() for name in configured.classes}
    for index, restriction in enumerate(own):
        name = restriction.name.lower()
        if name in _REFUSALS:
            softened = index > 0 and own[index - 1].name.lower() == "warn_if_reject"
            if not softened:
                return restriction
        elif name.startswith(("permit", "check_")) or ":" in name or name in classes:
            return None
    return None


def _value(written: AdminConfig, service: Service, name: str) -> str:
    draft = written.draft
    own = service.option(name)
    return draft.expand(own if own is not None else draft.lookup(name) or "").strip()


def _unused_lists(written: AdminConfig, configured: Configured, used: set[Restriction]) -> Iterator[AuditFinding]:
    """Yield findings for lists of main.cf that every service overrides, and classes that nothing names."""
    smtpds = [service for service in written.services if service.command == "smtpd"]
    for name in LISTS:
        mine = [r for r in in_effect(configured, name) if r.place.file == "main.cf"]
        if smtpds and mine and not any(r in used for r in mine):
            what = f"{name} of main.cf can never fire: every smtpd of master.cf has its own"
            remedy = f"take it out, or take the -o {name} out of the services that shall have it"
            yield AuditFinding(FindingKind.DEAD, Severity.WARNING, written.parameter_place(name), what, remedy)
    for name in configured.classes:
        if not _is_named(written, name):
            what = f"the restriction class {name} can never fire: no list and no table names it"
            remedy = "name it in a list or in a table, or take it out"
            yield AuditFinding(FindingKind.DEAD, Severity.WARNING, written.parameter_place(name), what, remedy)


def _is_named(written: AdminConfig, name: str) -> bool:
    word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])", re.IGNORECASE)
    others = (s.value for s in written.draft.settings() if s.name not in (name, "smtpd_restriction_classes"))
    texts = (content.text for content in written.draft.files.values())
    return any(word.search(text) for text in (*others, *texts)) or _may_name_class(written)


def _may_name_class(written: AdminConfig) -> bool:
    """Whether something that the lab cannot read may name a class: a policy service, a missing file, a server."""
    for setting in written.draft.settings():
        if "check_policy_service" in setting.value:
            return True
        for kind, path in _ACCESS.findall(written.draft.expand(setting.value)):
            if kind in FOREIGN or (path.startswith("/") and not written.draft.has(path)):
                return True
    return False
