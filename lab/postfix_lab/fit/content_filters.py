"""Stand-ins for content filters: after the queue (`content_filter`, FILTER of a table), or before it by a proxy.

The filter's socket gets a stub that hands mail back unchanged to the smtpd that the configuration has for that, or that
fails as the scenario wants. Without such an smtpd the filter is left out. Filters of pipe(8) are in `programs.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from postfix_lab.fit.collaborators.stubs import Manner
from postfix_lab.fit.draft import Draft, Setting, Stub
from postfix_lab.fit.endpoints import LOOPBACK, endpoint
from postfix_lab.fit.programs import filter_actions
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import PORTS, server_name

_AFTER, _BEFORE = "content_filter", "smtpd_proxy_filter"
_INET = re.compile(r"(?:inet:)?(?:\[([\w.:-]+)\]|([\w.-]+))?:(\d+)$")
_OWN_PORTS = frozenset(map(str, PORTS.values()))


def fit(draft: Draft) -> None:
    """Add a stub at each content filter's socket, or leave the filter out."""
    for setting in tuple(draft.settings()):
        value = draft.expand(setting.value).strip()
        if setting.name == _AFTER and value:
            _stand_in(draft, setting, *_destination(draft, value))
        elif setting.name == _BEFORE and value:
            _stand_in(draft, setting, value, "smtp")
    for destination, what in filter_actions(draft):
        place, protocol = _destination(draft, destination)
        back = _choose(_smtpds(draft), _AFTER, _port(place))
        if _is_local(place) and back is not None:
            _add_stub(draft, Setting(what, destination), place, protocol, back)


def destinations(draft: Draft) -> tuple[str, ...]:
    """Return what `content_filter` names in main.cf and for services of master.cf: `scan:[127.0.0.1]:10024`."""
    named = (draft.expand(setting.value).strip() for setting in draft.settings() if setting.name == _AFTER)
    return tuple(dict.fromkeys(filter(None, named)))


def _stand_in(draft: Draft, setting: Setting, place: str, protocol: str) -> None:
    if not place:
        return
    back = _way_back(draft, setting, place)
    if back is None or not _is_local(place):
        draft.set(setting, "")
        why = "no smtpd takes mail back from it" if back is None else "it is on another host"
        who = server_name(setting.value) or draft.expand(setting.value).strip()
        draft.add_delta(setting.what, "(none)", f"{who} is not in the lab, and {why}", setting)
        return
    _add_stub(draft, setting, place, protocol, back)


def _add_stub(draft: Draft, setting: Setting, place: str, protocol: str, back: Service) -> None:
    listen = _listen(draft, setting, place)
    if not listen:
        return
    manner, value = draft.choices.filter, draft.expand(setting.value).strip()
    told = f"{server_name(value) or 'the filter'} is not in the lab; everything passes unchanged"
    if manner == Manner.ACCEPT:
        draft.add_delta(f"{value} ({setting.what})", f"a wire to port {back.port}", told, setting)
    else:
        draft.add_delta(f"{value} ({setting.what})", f"a filter that says {manner}", "the scenario wants it", setting)
    draft.add_stub(Stub("filter", listen, manner, f"{back.address or '127.0.0.1'}:{back.port}", protocol))


def _destination(draft: Draft, value: str) -> tuple[str, str]:
    """Return the socket of a filter, and its protocol; both empty if it is none, but a program or by MX records."""
    transport, _, nexthop = value.partition(":")
    service = next((one for one in draft.services if one.name == transport and one.kind == "unix"), None)
    protocol = service.command if service else "smtp"
    is_socket = bool(_INET.match(nexthop)) or (nexthop.startswith("unix:") and protocol == "lmtp")
    return (nexthop, protocol) if is_socket and protocol in ("smtp", "lmtp") else ("", "")


def _smtpds(draft: Draft) -> Iterator[Service]:
    """Return the smtpds at ports that are no standard ones."""
    found = (one for one in draft.services if one.command == "smtpd" and one.kind == "inet" and one.port.isdigit())
    return (service for service in found if service.port not in _OWN_PORTS)


def _way_back(draft: Draft, setting: Setting, place: str) -> Service | None:
    """Return the smtpd that takes mail back from a filter: by custom that at the next port, else the first one.

    It has another filter or none; if main.cf names the filter, that is what an option of the service says.
    """
    others = (service for service in _smtpds(draft) if service is not setting.service)
    found = (service for service in others if _has_another(draft, setting, service))
    return _choose(found, setting.name, _port(place))


def _choose(services: Iterable[Service], name: str, port: str) -> Service | None:
    found = [service for service in services if service.port != port]
    following = [service for service in found if port and int(service.port) == int(port) + 1]
    without = [service for service in found if not service.option(name)]
    return next(iter((*following, *without, *found)), None)


def _has_another(draft: Draft, setting: Setting, service: Service) -> bool:
    own = service.option(setting.name)
    if own is None:
        return setting.service is not None
    return draft.expand(own).strip() != draft.expand(setting.value).strip()


def _is_local(place: str) -> bool:
    found = _INET.match(place)
    return place.startswith("unix:") or (found is not None and (found[1] or found[2] or "localhost") in LOOPBACK)


def _port(place: str) -> str:
    found = _INET.match(place)
    return found[3] if found else ""


def _listen(draft: Draft, setting: Setting, place: str) -> str:
    """Return where the stub has to listen; the client is smtpd, or the delivery agent."""
    commands = ("smtpd",) if setting.name == _BEFORE else ("smtp", "lmtp")
    chrooted = any(service.chrooted for service in draft.services if service.command in commands)
    return endpoint(place if place.startswith("unix:") else f"inet:127.0.0.1:{_port(place)}", chrooted=chrooted)[0]
