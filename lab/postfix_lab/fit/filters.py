"""Milters and policy services: what stands behind a socket and does not exist in a lab.

A stub listens at the very place that the configuration names and behaves as the scenario wants. policyd-spf is
the real one, wherever master.cf starts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from postfix_lab.fit.choices import Manner
from postfix_lab.fit.draft import Draft, Setting, Stub
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import MILTERS, QUEUE, named

_POLICY = re.compile(r"check_policy_service\s+(\{\s*)?((?:unix|inet):[^\s,}]+)")
_MILTER = re.compile(r"(?<![\w/])((?:unix|local|inet6?):[^\s,{}]+)")
_INET = re.compile(r"(?:inet6?:)?(?:\[([^\]]+)\]|([^\s:\[\]]+))?:(\d+)(?:@.*)?$")
_AT = re.compile(r"inet6?:(\d+)@(.+)$")
_SYSTEM = ("/run/", "/var/", "/tmp/", "/usr/", "/opt/", "/home/")  # noqa: S108 - where servers keep sockets
LOOPBACK = ("localhost", "127.0.0.1", "::1", "ip6-localhost")
SPF = "/usr/bin/policyd-spf"
_SPF_NAMES = ("policyd-spf", "policyd-spf-perl", "postfix-policyd-spf-perl", "python-policyd-spf", "policyd-spf-python")


def fit(draft: Draft) -> None:
    """Have something answer at each socket of a milter and of a policy service."""
    _spf(draft)
    for setting in tuple(draft.settings()):
        value = draft.expand(setting.value)
        if setting.name in MILTERS:
            for place in _MILTER.findall(value):
                _stub(draft, setting, place, "milter", draft.choices.milter)
        for _, place in _POLICY.findall(value):
            if not _spawned(draft, place):
                _stub(draft, setting, place, "policy", draft.choices.policy)
    wanted = draft.choices.policy == Manner.POSTGREY
    if wanted and not any(stub.mode == Manner.POSTGREY for stub in draft.stubs.values()):
        raise draft.refusal("nobody would ask postgrey: no check_policy_service leads outside of master.cf")


def endpoint(place: str, *, chrooted: bool) -> tuple[str, str]:
    """Where a stub has to listen for Postfix to meet it at `place`, and what to write instead, if it cannot be there.

    A relative path starts in the queue directory. An absolute one is the chroot's own for a chrooted daemon,
    unless it leads where servers outside keep their sockets: then it is outside, as in life.
    """
    swapped = _AT.match(place)
    inet = place if swapped is None else f"inet:{swapped[2]}:{swapped[1]}"
    if inet.startswith("inet"):
        found = _INET.match(inet)
        if found is None:
            return "", ""
        host = found[1] or found[2] or "127.0.0.1"
        address = "::1" if host == "::1" else "127.0.0.1"
        instead = "" if host in LOOPBACK else f"inet:127.0.0.1:{found[3]}"
        return f"inet:{address}:{found[3]}", instead
    path = place.partition(":")[2]
    if not path.startswith("/"):
        return f"unix:{QUEUE}/{path}", ""
    inside = chrooted and not path.startswith(_SYSTEM)
    return f"unix:{QUEUE if inside else ''}{path}", ""


def _chrooted(draft: Draft, setting: Setting) -> bool:
    """Whether the daemon that reads a setting runs in the chroot: the service's own, else any smtpd's."""
    if setting.service is not None:
        return setting.service.chrooted
    return any(service.chrooted for service in draft.services if service.command == "smtpd")


def _stub(draft: Draft, setting: Setting, place: str, role: str, manner: str) -> None:
    listen, instead = endpoint(place, chrooted=_chrooted(draft, setting))
    if not listen:
        raise draft.refusal(f"{setting.what}: {place!r} is no socket that Postfix can reach", setting)
    if instead:
        draft.substitute(setting, place, instead)
    if listen not in draft.stubs:
        who = named(place)
        whose = f"it stands for {who}" if who else "whatever listens there is not in the lab"
        what = f"a {role} that says {manner}"
        if manner == Manner.POSTGREY:
            _alone(draft, setting)
            what, whose = "Debian's postgrey, as packaged", "the scenario wants a real greylister there"
        moved = f", at {instead}" if instead else ""
        draft.tell(f"{place} ({setting.what})", f"{what}{moved}", whose, setting)
    draft.listen(Stub(role, listen, str(manner)))


def _alone(draft: Draft, setting: Setting) -> None:
    """Two postgreys would share a database."""
    other = next((stub.listen for stub in draft.stubs.values() if stub.mode == Manner.POSTGREY), None)
    if other:
        told = f"postgrey listens at {other} already; leave but one policy service in the configuration"
        raise draft.refusal(f"{setting.what}: {told}", setting)


def _spawned(draft: Draft, place: str) -> bool:
    """Whether master.cf itself starts what is at this place, and it can be started."""
    path = place.removeprefix("unix:").removeprefix(f"{QUEUE}/")
    port = place.rpartition(":")[2]
    return any(_is_at(service, path, port) for service in draft.services if service.command == "spawn")


def _is_at(service: Service, path: str, port: str) -> bool:
    if service.kind == "inet":
        return service.port == port
    return path in (f"private/{service.name}", f"public/{service.name}")


def _spf(draft: Draft) -> None:
    """Whatever SPF policy service master.cf starts, the real policyd-spf is started; others become stubs."""
    for service in draft.services:
        if service.command != "spawn" or service.program == SPF:
            continue
        if PurePosixPath(service.program).name in _SPF_NAMES or _starts_spf(service):
            _restart(draft, service)
            told = "the host's own SPF policy service is not in the lab, and this one is"
            draft.tell(f"master.cf {service.name}", SPF, told, service)
        elif not draft.has(service.program):
            draft.switch_off(service)
            told = named(service.program) or service.program
            draft.tell(f"master.cf {service.name}", "off", f"{told} is not in the lab; see what answers there", service)


def _starts_spf(service: Service) -> bool:
    """`argv=/usr/bin/perl /usr/lib/postfix/policyd-spf-perl` and the like."""
    return any(PurePosixPath(name).name in _SPF_NAMES for name in _arguments(service))


def _arguments(service: Service) -> Iterator[str]:
    words = [word.text for word in service.words]
    start = next((n for n, word in enumerate(words) if word.startswith("argv=")), len(words))
    yield from words[start:]


def _restart(draft: Draft, service: Service) -> None:
    private = "n" if service.kind == "inet" else "-"
    entry = f"{service.name} {service.kind} {private} n n - 0 spawn user=policyd-spf argv={SPF}"
    draft.rewrite(service, entry)

