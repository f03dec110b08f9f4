"""All that fitting changed, as lines: the report, both of Postfix's files, other files, commands, stubs and daemons."""

from __future__ import annotations

from collections.abc import Iterator

from postfix_lab.fit.draft import PemBlock
from postfix_lab.fit.fitted import Fitted
from tests.unit.fit.conftest import MAIN, MASTER, OWN

_BLOCKS = {PemBlock.KEY: "EC PRIVATE KEY", PemBlock.CERTIFICATE: "CERTIFICATE", PemBlock.AUTHORITY: "CERTIFICATE"}
_CF = ("/etc/postfix/main.cf", "/etc/postfix/master.cf")


def changes(made: Fitted, main: str = "", master: str = "") -> list[str]:
    """What is not as `main` and `master` behind the usual lines say; the lab's own transport is left out, and what is no change."""
    return [*_changes(made, main, master)]


def _changes(made: Fitted, main: str, master: str) -> Iterator[str]:
    for delta in made.deltas:
        if delta not in OWN and delta.what != "Debian packages" and delta.value != "compiled":
            where = f"{delta.file}:{delta.line}: " if delta.file or delta.line else ""
            yield f"{where}{delta.what} = {delta.value} ({delta.reason})"
    yield from _new_lines("main.cf", MAIN + main, made.files[_CF[0]].text)
    yield from _new_lines("master.cf", MASTER + master, made.files[_CF[1]].text)
    for path, content in made.files.items():
        if path not in _CF:
            text = "".join(f"[{_BLOCKS[block]}]" for block in content.pem.blocks) if content.pem else content.text
            yield f"{path} {content.mode:o} {content.owner or 'root'} {text!r}"
    yield from (f"$ {command}  # {about}" for command, about in made.commands)
    yield from (f"stub {stub.role} {stub.listen} {stub.mode} {stub.to}".rstrip() for stub in made.stubs)
    yield from (f"daemon {daemon.name} {' '.join(daemon.sockets)}" for daemon in made.daemons if daemon.name != "stubs")


def _new_lines(file: str, before: str, after: str) -> Iterator[str]:
    old = before.splitlines()
    for line in after.splitlines():
        if line in old:
            old.remove(line)
        elif line.strip() and line != f"{OWN[0].what} = {OWN[0].value}":
            yield f"{file}: {line}"
    yield from (f"{file} has no more: {line}" for line in old)
