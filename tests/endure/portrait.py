"""What a session looks like apart from its number, its moment and its place in a row.

Two sessions of one sort have the same portrait, whether they were alone or among many: the same
verdict, replies, log lines, DNS questions and messages, down to the last one.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, fields, replace
from ipaddress import ip_address

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.inside.internet.protocol import Sighting
from postfix_lab.verdict.judge import Status, judge
from tests.endure.crowd import Client

_PASSING = (
    (re.compile(r"\b[0-9A-F]{9,12}\b"), "QUEUE-ID"),
    (re.compile(r"\b\d{14}\."), "STAMP."),
    (re.compile(r"delay=[\d.]+, delays=[\d./]+|conn_use=\d+, |size=\d+, "), ""),
    (re.compile(r"\w{3}, [ \d]\d \w{3} \d{4} [\d:]{8} [+-]\d{4} \(\w+\)"), "DATE"),
)
"""What differs from session to session though nothing differs; Postfix pads the day of a date with a blank."""


def normalize(text: str) -> str:
    """Replace queue ids, times and sizes by a word each."""
    for pattern, word in _PASSING:
        text = pattern.sub(word, text)
    return text


@dataclass(frozen=True)
class Portrait:
    """What has to be the same, part by part; the order of lines from different programs is chance."""

    verdict: str
    replies: tuple[str, ...]
    log: tuple[str, ...]
    questions: tuple[str, ...]
    messages: tuple[str, ...]

    def differs(self, other: Portrait) -> list[str]:
        """A line for each part that is another one there, with what is only here (+) and only there (-)."""
        told = []
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if mine != theirs:
                here, there = (Counter([v] if isinstance(v, str) else v) for v in (mine, theirs))
                told.append(f"{field.name}: +{list((here - there).elements())} -{list((there - here).elements())}")
        return told


def portraits(seen: Sighting, clients: list[Client], like: Evidence) -> list[Portrait]:
    """A portrait of each client's session; `like` is evidence from the same mail host."""
    owner = {word: client.number for client in clients for word in (client.name, client.domain, _reverse(client))}
    queries: dict[int, list] = {client.number: [] for client in clients}
    messages: dict[int, list] = {client.number: [] for client in clients}
    for query in seen.queries:
        queries.get(owner.get(query.name.lower(), -1), []).append(query)
    for message in seen.messages:
        messages[owner[message.sender.rpartition("@")[2]]].append(message)
    return [
        of(
            client,
            replace(
                like,
                sessions=(transcript,),
                log=log,
                logs=(),
                other_log=(),
                queries=tuple(queries[client.number]),
                messages=tuple(messages[client.number]),
                trouble=seen.trouble,
                world=replace(like.world, hosts=(client.host,), faults=()),
            ),
        )
        for client, transcript, log in zip(clients, seen.transcripts, seen.logs, strict=True)
    ]


def of(client: Client, evidence: Evidence) -> Portrait:
    """The portrait of a client's session from evidence of that session alone."""
    verdict = judge(evidence, client.kind.checks(client))
    why = "" if verdict.status is Status.PASS else f": {verdict.decisive[0].want}, got {verdict.decisive[0].got}"

    def plain(text: str) -> str:
        for own, word in ((client.address, "ADDRESS"), (client.name, "NAME"), (client.domain, "DOMAIN")):
            text = re.sub(rf"(?<![\w.]){re.escape(own)}(?![\w])", word, text, flags=re.IGNORECASE)
        return normalize(text)

    session = evidence.sessions[0]
    own = {_reverse(client), client.name, client.domain}
    return Portrait(
        f"{verdict.status}{why}",
        tuple(plain(f"{e.stage} {e.reply}") for e in session.exchanges),
        tuple(sorted(plain(f"{line.program}: {line.text}") for line in evidence.log)),
        tuple(
            sorted(
                plain(f"{q.name.lower().replace(_reverse(client), 'REVERSE')} {q.type} {q.outcome}")
                for q in evidence.queries
                if q.name.lower() in own
            )
        ),
        tuple(plain(f"{m.sender} {m.recipients} {m.content}") for m in evidence.messages),
    )


def _reverse(client: Client) -> str:
    return ip_address(client.address).reverse_pointer
