"""The server of a table in the mail host, answering by rules: tcp_table(5), socketmap_table(5), memcache_table(5).

It runs under the release's own Python (3.9 on bullseye), with nothing but the standard library. Without a rule that
applies the entries of the table answer, and for a key that is not among them what `otherwise` says.
"""

import asyncio
import itertools
from typing import Any, Dict, Optional, Tuple
from urllib.parse import quote, unquote

from postfix_lab.inside.mailhost.stub_rules import GARBAGE, FilterEvent, find_rule, note

_TCP_CODES = {"OK": "200", "NOTFOUND": "500"}
"""The code of each answer over tcp; all others are errors, 400."""
_SAFE = "".join(map(chr, range(33, 127))).replace("%", "")
_NUMBERS = itertools.count(1)
_LONGEST = 100_000
"""Octets of a netstring, as socketmap_table(5) limits a reply."""


async def table(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stub: Dict[str, Any]) -> None:
    """Answer each lookup, by the protocol that the stub has to speak."""
    number = next(_NUMBERS)
    ask, say = _PROTOCOLS[stub["protocol"]]
    while True:
        asked = await ask(reader)
        if asked is None:
            return
        says = _answer(stub, asked, number)
        if says == "HANG":
            while await reader.read(1):
                pass
        if says in ("HANG", "DROP"):
            return
        writer.write(GARBAGE if says == "GARBAGE" else say(asked[1], says))
        await writer.drain()


def _answer(stub: Dict[str, Any], asked: Tuple[str, str], number: int) -> str:
    """Return what is said to a lookup, and record it."""
    name, key = asked
    given = {"key": key, **({"name": name} if name else {})}
    record = note(stub, "LOOKUP", given, number)
    applied = find_rule(stub["rules"], FilterEvent("LOOKUP", given))
    if applied:
        says = applied.rule["says"].replace("%s", key)
    elif key in stub["entries"]:
        says = "OK %s" % stub["entries"][key]
    else:
        says = stub["otherwise"].replace("%s", key)
    record["answer"], record["rule"] = says, applied.number if applied else None
    return str(says)


async def _ask_tcp(reader: asyncio.StreamReader) -> Optional[Tuple[str, str]]:
    line = (await reader.readline()).decode("utf-8", "replace")
    return ("", unquote(line.strip().partition(" ")[2])) if line else None


def _tcp_reply(_: str, says: str) -> bytes:
    word, _, text = says.partition(" ")
    return ("%s %s\n" % (_TCP_CODES.get(word, "400"), quote(text or word.lower(), safe=_SAFE))).encode()


async def _ask_socketmap(reader: asyncio.StreamReader) -> Optional[Tuple[str, str]]:
    size = (await reader.readuntil(b":"))[:-1]
    if not size.isdigit() or int(size) > _LONGEST:
        return None
    text = (await reader.readexactly(int(size) + 1))[:-1].decode("utf-8", "replace")
    name, _, key = text.partition(" ")
    return name, key


def _socketmap_reply(_: str, says: str) -> bytes:
    word, _, text = says.partition(" ")
    reply = ("%s %s" % (word, text)).encode("utf-8", "surrogateescape")
    return b"%d:%s," % (len(reply), reply)


async def _ask_memcache(reader: asyncio.StreamReader) -> Optional[Tuple[str, str]]:
    line = (await reader.readline()).decode("utf-8", "replace")
    return ("", line.strip().partition(" ")[2]) if line else None


def _memcache_reply(key: str, says: str) -> bytes:
    word, _, text = says.partition(" ")
    if word == "OK":
        value = text.encode("utf-8", "surrogateescape")
        return b"VALUE %s 0 %d\r\n%s\r\nEND\r\n" % (key.encode(), len(value), value)
    return b"END\r\n" if word == "NOTFOUND" else ("SERVER_ERROR %s\r\n" % (text or word)).encode()


_PROTOCOLS = {
    "tcp": (_ask_tcp, _tcp_reply),
    "socketmap": (_ask_socketmap, _socketmap_reply),
    "memcache": (_ask_memcache, _memcache_reply),
}
"""Protocol -> how the next lookup is read, as the map's name and the key, and how an answer to it is written."""
