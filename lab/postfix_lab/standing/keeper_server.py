"""The keeper's end of the line: a thread for each connection, so that nobody who hangs holds up the others."""

from __future__ import annotations

import json
import os
import select
import socketserver
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postfix_lab.errors import InputError, LabError
from postfix_lab.inside.internet.protocol import News
from postfix_lab.serialization import from_json, to_json
from postfix_lab.standing.keeper_protocol import MAX_LINE, SCHEMA, short_path, told
from postfix_lab.standing.requests import CheckOrder, RunOrder

if TYPE_CHECKING:
    from postfix_lab.standing.service import Service


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves one lab in that folder; only the account that started the lab may connect."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    ending = False
    """Whether the lab is about to be removed: what goes wrong from then on is no error."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.service = service
        before = os.umask(0o177)
        try:
            with short_path(folder) as path:
                super().__init__(path, _Request)
        finally:
            os.umask(before)


class _Request(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        try:
            while line := self.rfile.readline(MAX_LINE):
                self._serve(line)
                if self.server.ending:
                    return
                self.server.service.rest()
        except OSError:
            return  # Whoever asked is gone; the lab stays.

    def _serve(self, line: bytes) -> None:
        try:
            do, request = _read(line)
            if do == _LISTEN:
                self._news()
                return
            value = _TASKS[do](self.server.service, request)
        except LabError as error:
            if not self.server.ending:
                self._write({"error": told(self.server.service.mourned(error))})
        except Exception as error:  # noqa: BLE001 - the keeper outlives whatever one request brings about
            broken = LabError(f"the lab could not do that: {type(error).__name__}: {error}")
            self._write({"error": told(broken)})
        else:
            self._write({"value": value})

    def _news(self) -> None:
        after = self.server.service.latest()
        self._write({"value": to_json(News(after))})  # From here on nothing is missed.
        for news in self.server.service.news(after):
            if not news and select.select([self.connection], [], [], 0)[0]:
                return  # A listener says nothing more, so what can be read is the end.
            for item in news:
                self._write({"value": to_json(item)})

    def _write(self, answer: dict[str, Any]) -> None:
        self.wfile.write(json.dumps({**answer, "notes": self.server.service.notes}).encode() + b"\n")


def _read(line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        request = json.loads(line)
        schema, do = request["schema"], request["do"]
    except (ValueError, TypeError, KeyError):
        raise InputError("a request is one line with a JSON object that has `schema` and `do`") from None
    if schema != SCHEMA:
        raise InputError(
            f"the standing lab speaks schema {SCHEMA}, not {schema!r}: it was started by another version; "
            "`postfix-lab down` removes it"
        )
    if do not in (*_TASKS, _LISTEN):
        raise InputError(f"a standing lab cannot be asked to {do!r}, but to {', '.join((*_TASKS, _LISTEN))}")
    return do, request


def _run(service: Service, request: dict[str, Any]) -> Any:
    return to_json(service.run(from_json(RunOrder, request.get("order"))))


def _examine(service: Service, request: dict[str, Any]) -> Any:
    return to_json(service.examine(from_json(CheckOrder, request.get("order"))))


def _seen(service: Service, _: dict[str, Any]) -> Any:
    return to_json(service.seen())


_TASKS: dict[str, Callable[[Service, dict[str, Any]], Any]] = {"run": _run, "examine": _examine, "seen": _seen}
_LISTEN = "news"
