"""A policy service in the mail host (SMTPD_POLICY_README), answering by rules.

It runs under the release's own Python (3.9 on bullseye), with nothing but the standard library. Without a rule that
applies it answers as its mode says.
"""

import asyncio
import itertools
from typing import Any, Dict, List

from postfix_lab.inside.mailhost.stub_rules import GARBAGE, FilterEvent, find_rule, note

MODES = {
    "accept": "DUNNO",
    "reject": "REJECT refused by the lab's stub",
    "tempfail": "DEFER_IF_PERMIT the lab's stub says later",
}
STAGES = {"END-OF-MESSAGE": "MESSAGE", "EHLO": "HELO"}
"""`protocol_state` -> the stage that rules name, where it is another word."""
_NUMBERS = itertools.count(1)


async def policy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stub: Dict[str, Any]) -> None:
    """Answer each request, which ends with an empty line; none at all where the mode is `hang`."""
    number = next(_NUMBERS)
    while True:
        request = await _read(reader)
        if not request:
            return
        state = request.get("protocol_state", "")
        stage = STAGES.get(state, state)
        record = note(stub, stage, request, number)
        applied = find_rule(stub.get("rules", ()), _case(stage, request))
        says = applied.rule["says"] if applied else MODES.get(stub["mode"], "HANG")
        record["answer"], record["rule"] = says, applied.number if applied else None
        if says == "HANG":
            while await reader.readline():
                pass
        if says in ("HANG", "DROP"):
            return
        writer.write(GARBAGE if says == "GARBAGE" else ("action=%s\n\n" % says).encode("utf-8", "surrogateescape"))
        await writer.drain()


def _case(stage: str, request: Dict[str, str]) -> FilterEvent:
    client, helo, sender = (request.get(name, "") for name in ("client_address", "helo_name", "sender"))
    return FilterEvent(stage, request, client, helo, sender, (request.get("recipient", ""),))


async def _read(reader: asyncio.StreamReader) -> Dict[str, str]:
    """Return the attributes of the next request, in order; empty at the end of the connection."""
    lines: List[str] = []
    while True:
        line = await reader.readline()
        if not line:
            return {}
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text:
            lines.append(text)
        elif lines:
            pairs = (line.partition("=") for line in lines)
            return {name: value for name, _, value in pairs}
