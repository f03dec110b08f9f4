"""Stand-ins for LMTP servers that Postfix connects to: their sockets are relayed to the sink."""

from __future__ import annotations

import re

from postfix_lab.addresses import SINK
from postfix_lab.fit.draft import Draft, Setting, Stub
from postfix_lab.fit.endpoints import endpoint
from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.parameters import TRANSPORTS, server_name

_LMTP = re.compile(r"\b(?:[\w-]+:)?(unix:[^\s,;{}]+)|\b[\w-]+:(?:inet:)?\[?(127\.0\.0\.1|localhost|::1)\]?:(\d+)")


def fit(draft: Draft) -> None:
    """Add relays for LMTP servers."""
    for setting in tuple(draft.of_kind(TRANSPORTS)):
        if setting.name != "content_filter":
            _lmtp(draft, setting, draft.expand(setting.value))
    for name, text in _transport_tables(draft):
        _lmtp(draft, Setting("transport_maps", "", name.rpartition("/")[2]), text)


def _lmtp(draft: Draft, setting: Setting, value: str) -> None:
    started = {f"private/{service.name}" for service in draft.services}
    for unix, host, port in _LMTP.findall(value):
        place = unix or f"inet:{f'[{host}]' if ':' in host else host}:{port}"
        listens = bool(port) and any(service.port == port for service in draft.services)
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
