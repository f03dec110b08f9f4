"""What works beside Postfix in a mail host: stubs in place of what cannot be there, Dovecot's auth, postgrey.

Each is started when a setup needs it and ended when the next one does not; whoever has a socket in the queue's
folder starts anew when that moves.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postfix_lab.fit.choices import Manner, Sasl
from postfix_lab.fit.programs import STUB
from postfix_lab.inside.mailhost import stub
from postfix_lab.runtime.clock import ENVIRONMENT
from postfix_lab.runtime.dovecot import AUTH_SOCKET, dovecot_files
from postfix_lab.runtime.postgrey import Postgrey

if TYPE_CHECKING:
    from postfix_lab.fit.draft import Stub
    from postfix_lab.fit.fitted import Fitted
    from postfix_lab.runtime.setup import Setup

_NO_STUBS = (Manner.ABSENT, Manner.POSTGREY)


class Companions:
    """The companions of one mail host; `ask` asks its first process, `shell` runs a command there."""

    def __init__(self, debian: int, ask: Callable[..., Any], shell: Callable[[str], str]) -> None:
        self._debian = debian
        self._ask = ask
        self._shell = shell
        self._auth: tuple[str, tuple[str, ...]] | None = None
        """The users whom Dovecot knows, and where it listens."""
        self._stubs: tuple[Stub, ...] = ()
        self._postgrey = Postgrey(ask)

    def place(self, setup: Setup, fitted: Fitted) -> None:
        """Have the stubs listen that this configuration needs, and no others, where Dovecot does not."""
        if self._auth and setup.sasl != Sasl.WORKS:
            self._ask("end", name="dovecot")
            self._shell(f"rm -f {' '.join(place.removeprefix('unix:') for place in self._auth[1])}")
            self._auth = None
        wanted = tuple(stub for stub in fitted.stubs if stub.mode not in _NO_STUBS)
        code = any(STUB in content.text for content in fitted.files.values())
        if wanted == self._stubs and not code:
            return
        if wanted or code:
            self._ask("write", files={STUB: {"text": Path(stub.__file__).read_text("utf-8")}})
        if wanted or self._stubs:
            told = json.dumps([asdict(one) for one in wanted])
            self._ask("serve_stubs", argv=["/usr/bin/python3", "-IS", STUB, "listen"], told=told)
        self._stubs = wanted

    def start(self, setup: Setup, fitted: Fitted) -> None:
        """Start Dovecot's auth where the setup has users, another one where they or its sockets differ; postgrey."""
        self._postgrey.serve(fitted.stubs, ENVIRONMENT if setup.clock else ())
        wanted = (fitted.users, fitted.auth or (f"unix:{AUTH_SOCKET}",)) if fitted.users is not None else None
        if wanted is not None and wanted != self._auth:
            self._ask("write", files=dovecot_files(self._debian, *wanted))
            self._ask("spawn", argv=["dovecot", "-F"])
            self._auth = wanted

    def end(self) -> None:
        """End stubs and Dovecot, and rsyslogd with them: the folder that their sockets are in goes elsewhere."""
        for daemon in ("stubs", "dovecot", "rsyslogd"):
            self._ask("end", name=daemon)
        self._stubs, self._auth = (), None

    def forget(self) -> None:
        """What they remember of clients is gone."""
        self._postgrey.forget()

    def await_auth(self) -> None:
        """Return when Dovecot's auth takes connections, where the setup has users; it starts on the side."""
        for place in self._auth[1] if self._auth else ():
            kind, _, where = place.partition(":")
            host, _, port = where.rpartition(":")
            if kind == "unix":
                self._ask("connects", path=where)
            else:
                self._ask("connects_to", host=host, port=int(port))
