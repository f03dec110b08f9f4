"""Restrictions that can never fire: what stands behind one that always decides, or in a list that nobody runs.

It goes by the lists as Postfix has them (`postconf -x`, `-Px`), service by service. A restriction is dead if it is
in every service that has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from postfix_lab.audit.as_written import Written
from postfix_lab.audit.finding import Finding, FindingKind, Severity
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


def judge(written: Written, configured: Configured) -> Iterator[Finding]:
    """A finding for each restriction of main.cf or master.cf that no session can come to, or that decides nothing."""
    reasons: dict[Restriction, list[Reason | None]] = {}
    for service in (s for s in written.services if s.command == "smtpd"):
        for restriction, reason in _of_service(written, configured, service):
            reasons.setdefault(restriction, []).append(reason)
    alike: dict[tuple[str, Reason], list[Restriction]] = {}
    for restriction, found in reasons.items():
        first = found[0]
        if first is not None and all(found) and restriction.place.file in ("main.cf", "master.cf"):
            alike.setdefault((restriction.list, first), []).append(restriction)
    for (name, reason), dead in alike.items():
        yield _dead(written, name, reason, dead)
    yield from _unused_lists(written, configured, set(reasons))


def _dead(written: Written, name: str, reason: Reason, dead: Sequence[Restriction]) -> Finding:
    """Restrictions of one list that are dead for the same reason, at the place of the first."""
    severity, why, remedy = reason
    first, *others = dead
    more = f" and {len(others)} more behind it" if others else ""
    what = printable(f"{name}: {first.text}{more} can never fire: {why}")
    told = tuple(printable(f"{written.traced(one.place)} {one.text}") for one in others)
    return Finding(FindingKind.DEAD, severity, written.traced(first.place), what, remedy, told)


def _of_service(
    written: Written, configured: Configured, service: Service
) -> Iterator[tuple[Restriction, Reason | None]]:
    closed: Restriction | None = None
    for name in LISTS:
        own = in_effect(configured, name, _key(service))
        for index, restriction in enumerate(own):
            before = None if name == _ETRN else closed  # ETRN is a command of its own: no mail was refused before.
            yield restriction, _reason(written, configured, service, own[:index], restriction, before)
        closed = closed or _closes(own, configured)


def _reason(  # noqa: PLR0913, PLR0917 - all that it can depend on
    written: Written, configured: Configured, service: Service, before: Sequence[Restriction], one: Restriction,
    closed: Restriction | None,
) -> Reason | None:  # fmt: skip
    if closed is not None:
        why = f"{closed.list} refuses everybody before, by {closed.text} ({written.traced(closed.place)})"
        return Severity.WARNING, why, f"put something that permits in front of that {closed.text}, or take it out"
    if decides := _decisive(before):
        place = written.traced(decides.place)
        why = f"{decides.text} in front of it ({place}) always decides"
        return Severity.WARNING, why, f"move it in front of {decides.text}, or take it out"
    early = _EARLY.get(one.list)
    at_once = configured.value("smtpd_delay_reject", _key(service)) == "no"
    if early and at_once and early.search(one.name.lower()):
        why = "with smtpd_delay_reject = no its list runs before that is known"
        return Severity.WARNING, why, "move it to smtpd_recipient_restrictions, or leave smtpd_delay_reject at yes"
    for pattern, parameter, value in _NEEDS:
        if pattern.fullmatch(one.name.lower()) and _value(written, service, parameter) != value:
            return Severity.NOTE, f"{parameter} is not {value} here", f"take it out, or set {parameter} = {value}"
    if any((r.name.lower(), r.argument) == (one.name.lower(), one.argument) for r in before) and one.decides:
        return Severity.NOTE, "the same stands in front of it already", "take one of the two out"
    return None


def _key(service: Service) -> str:
    """How postconf(1) names it."""
    return f"{service.name}/{service.kind}"


def _decisive(before: Sequence[Restriction]) -> Restriction | None:
    """The restriction behind which nothing of the list can be reached."""
    names: set[str] = set()
    for index, one in enumerate(before):
        name = one.name.lower()
        softened = index > 0 and before[index - 1].name.lower() == "warn_if_reject"
        static = _STATIC.match(one.argument) if name.startswith("check_") else None
        if (name in _ALWAYS or static) and not (softened and name != "permit"):
            return one
        if not softened:
            names.add(name)
        if any(pair <= names for pair in _COMPLEMENTS):
            return one
    return None


def _closes(own: Sequence[Restriction], configured: Configured) -> Restriction | None:
    """The restriction by which a list refuses everybody; nothing where somebody may pass."""
    classes = {name.lower() for name in configured.classes}
    for index, one in enumerate(own):
        name = one.name.lower()
        if name in _REFUSALS:
            softened = index > 0 and own[index - 1].name.lower() == "warn_if_reject"
            if not softened:
                return one
        elif name.startswith(("permit", "check_")) or ":" in name or name in classes:
            return None
    return None


def _value(written: Written, service: Service, name: str) -> str:
    draft = written.draft
    own = service.option(name)
    return draft.expand(own if own is not None else draft.lookup(name) or "").strip()


def _unused_lists(written: Written, configured: Configured, used: set[Restriction]) -> Iterator[Finding]:
    """Lists of main.cf that every service overrides, and classes that nothing names."""
    smtpds = [service for service in written.services if service.command == "smtpd"]
    for name in LISTS:
        mine = [r for r in in_effect(configured, name) if r.place.file == "main.cf"]
        if smtpds and mine and not any(r in used for r in mine):
            what = f"{name} of main.cf can never fire: every smtpd of master.cf has its own"
            remedy = f"take it out, or take the -o {name} out of the services that shall have it"
            yield Finding(FindingKind.DEAD, Severity.WARNING, written.of(name), what, remedy)
    for name in configured.classes:
        if not _is_named(written, name):
            what = f"the restriction class {name} can never fire: no list and no table names it"
            remedy = "name it in a list or in a table, or take it out"
            yield Finding(FindingKind.DEAD, Severity.WARNING, written.of(name), what, remedy)


def _is_named(written: Written, name: str) -> bool:
    word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])", re.IGNORECASE)
    others = (s.value for s in written.draft.settings() if s.name not in (name, "smtpd_restriction_classes"))
    texts = (content.text for content in written.draft.files.values())
    return any(word.search(text) for text in (*others, *texts)) or _asked_elsewhere(written)


def _asked_elsewhere(written: Written) -> bool:
    """Whether a table that nobody can look into may name a class: its file is missing, or somebody else answers it."""
    for setting in written.draft.settings():
        for kind, path in _ACCESS.findall(written.draft.expand(setting.value)):
            if kind in FOREIGN or (path.startswith("/") and not written.draft.has(path)):
                return True
    return False
