"""Stand-ins for servers that Postfix connects to: LMTP servers and content filters.

An LMTP socket is relayed to the sink. A content filter that returns mail over SMTP is replaced by a relay to the smtpd
that accepts it again, so that all mail passes unchanged.
"""

from __future__ import annotations

import re

from postfix_lab.addresses import SINK
from postfix_lab.fit.draft import Draft, Setting, Stub
from postfix_lab.fit.endpoints import LOOPBACK, endpoint
from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import PORTS, TRANSPORTS, server_name

_LMTP = re.compile(r"\b(?:[\w-]+:)?(unix:[^\s,;{}]+)|\b[\w-]+:(?:inet:)?\[?(127\.0\.0\.1|localhost|::1)\]?:(\d+)")
_NEXT = re.compile(r"([\w.-]+):\[?([\w.:-]+?)\]?:(\d+)$")
_OWN_PORTS = frozenset(map(str, PORTS.values()))


def fit(draft: Draft) -> None:
    """Add relays for LMTP servers and content filters."""
    _content_filters(draft)
    for setting in tuple(draft.of_kind(TRANSPORTS)):
        if setting.name != "content_filter":
            _lmtp(draft, setting, draft.expand(setting.value))
    for name, text in _transport_tables(draft):
        _lmtp(draft, Setting("transport_maps", "", name.rpartition("/")[2]), text)


def _lmtp(draft: Draft, setting: Setting, value: str) -> None:
    started = {f"private/{service.name}" for service in draft.services}
    for unix, host, port in _LMTP.findall(value):
        place = unix or f"inet:{f'[{host}]' if ':' in host else host}:{port}"
        listens = any(service.port == port for service in draft.services if service.kind == "inet" and port)
        if listens or place.removeprefix("unix:") in started:
            continue
        listen, _ = endpoint(place, chrooted=any(s.chrooted for s in draft.services if s.command == "lmtp"))
        if listen not in draft.stubs:
            who = server_name(place) or "what listens there"
            draft.add_delta(f"{place} ({setting.what})", "leads to the sink", f"{who} is not in the lab", setting)
        draft.add_stub(Stub("relay", listen, to=f"{SINK}:24"))


def _transport_tables(draft: Draft) -> list[tuple[str, str]]:
    """The files of transport_maps with their text, comments removed."""
    paths = re.findall(r"[a-z]+:(/[^\s,]+)", draft.value("transport_maps"))
    found = [(path, draft.files[path].text) for path in paths if path in draft.files]
    return [(path, "\n".join(line for line in split_lines(text) if not line.startswith("#"))) for path, text in found]


def _content_filters(draft: Draft) -> None:
    for setting in tuple(s for s in draft.settings() if s.name == "content_filter"):
        value = draft.expand(setting.value).strip()
        found = _NEXT.match(value)
        if not value or found is None:
            continue
        host, port = found[2], found[3]
        smtpds = (service for service in draft.services if service.command == "smtpd")
        back = next((service for service in smtpds if _is_reinjection(setting, port, service)), None)
        if back is None or host not in LOOPBACK:
            draft.set(setting, "")
            why = "no smtpd takes mail back from it" if back is None else "it is on another host"
            who = server_name(value) or value
            draft.add_delta(setting.what, "(none)", f"{who} is not in the lab, and {why}", setting)
            continue
        reason = f"{server_name(value) or 'the filter'} is not in the lab; everything passes unchanged"
        draft.add_delta(f"{value} ({setting.what})", f"a wire to port {back.port}", reason, setting)
        draft.add_stub(Stub("relay", f"inet:127.0.0.1:{port}", to=f"127.0.0.1:{back.port}"))


def _is_reinjection(setting: Setting, port: str, service: Service) -> bool:
    """Whether a listener accepts mail back from a filter: a port that is no standard one, and without a filter."""
    if service.port in (*_OWN_PORTS, port) or not service.port.isdigit():
        return False
    own = service.option("content_filter")
    return own == "" if setting.service is None else not own
