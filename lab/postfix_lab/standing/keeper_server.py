"""The keeper's end of the connections: a thread for each, so that a client that hangs does not block others."""

from __future__ import annotations

import os
import socketserver
from pathlib import Path
from typing import TYPE_CHECKING

from postfix_lab.errors import InputError, LabError
from postfix_lab.json_lines import LineTooLongError, Request, decode, encode, error_fields, read_line, read_request
from postfix_lab.standing.keeper_protocol import SCHEMA, short_path
from postfix_lab.standing.requests import KeeperVerbs
from postfix_lab.verbs import OBJECTS, find_verb

if TYPE_CHECKING:
    from postfix_lab.standing.service import KeeperService


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves one lab in that folder; only the account that started the lab may connect."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    ending = False
    """Whether the lab is being removed: failures from then on are not reported."""

    def __init__(self, folder: Path, service: KeeperService) -> None:
        self.service = service
        before = os.umask(0o177)
        try:
            with short_path(folder) as path:
                super().__init__(path, _Connection)
        finally:
            os.umask(before)


class _Connection(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        try:
            while line := read_line(self.rfile):
                self._serve(line)
                if self.server.ending:
                    return
                self.server.service.reset_world()
        except LineTooLongError as error:
            self.wfile.write(self._encode({"id": None, "error": error_fields(error)}))
        except OSError:
            return  # The client is gone; the lab stays.

    def _serve(self, line: bytes) -> None:
        serial = (decode(line) or {}).get("id")
        try:
            answer = self._encode({"id": serial, "value": self._value(line, serial)})
        except LabError as error:
            if self.server.ending:
                return
            answer = self._encode({"id": serial, "error": error_fields(self.server.service.with_engine_hint(error))})
        except Exception as error:  # noqa: BLE001 - the keeper survives any error of a request
            broken = LabError(f"the lab could not do that: {type(error).__name__}: {error}")
            answer = self._encode({"id": serial, "error": error_fields(broken)})
        self.wfile.write(answer)

    def _value(self, line: bytes, serial: int | None) -> object:
        """Return the value of the verb; its parts are sent before."""

        def tell(part: object) -> None:
            self.wfile.write(self._encode({"id": serial, "part": part}))

        request = _read_request(line)
        verb = find_verb(KeeperVerbs, request.verb)
        value: object = getattr(self.server.service, verb.name)(**verb.read_arguments(request.arguments, tell))
        return value

    def _encode(self, answer: dict[str, object]) -> bytes:
        return encode({**answer, "notes": self.server.service.notes}, default=OBJECTS.write)


def _read_request(line: bytes) -> Request:
    """Return the request of a line; raises `InputError` if it is none, or of another version."""
    schema = (decode(line) or {}).get("schema", SCHEMA)
    if schema != SCHEMA:
        raise InputError(
            f"the standing lab speaks schema {SCHEMA}, not {schema!r}: it was started by another version; "
            "`postfix-lab down` removes it"
        )
    return read_request(line)
