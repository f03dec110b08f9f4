"""What differs between releases: the same scenarios on each of them, and a table of those that end differently. Pure.

Compared are the verdict of the scenario, what became of each session with the words of its refusal, how many messages
smtpd took it for, and the SPF result. Texts of the log are not: every release words them a little differently.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from postfix_lab.postfix.log.events import Disconnect
from postfix_lab.text import printable, shorten
from postfix_lab.verdict.checks.outcomes import outcome_sentence
from postfix_lab.verdict.reply_outcome import session_outcome

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.report.summary_table import Row
    from postfix_lab.smtp.transcript import Transcript

_HEAD = ("scenario", "debian", "verdict", "what became of it")
_SCENARIO, _TEXT = 60, 90


def became(seen: Sequence[Evidence], called: Sequence[Sequence[str]] = ()) -> list[str]:
    """What became of each session, a sentence each; `called` has the names of the sessions of each evidence."""
    told: list[str] = []
    for number, evidence in enumerate(seen):
        step = f"step {number + 1}" if len(seen) > 1 else ""
        names = called[number] if number < len(called) else ()
        told += [_label((step, *_named(evidence, names, place)), what) for place, what in _sessions(evidence)]
        told += [_label((step,), what) for what in _spf(evidence)]
    return told


def differing(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """By scenario and chroot state the rows of those that do not end alike on every release that they ran on."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.scenario, row.chroot), []).append(row)
    return {
        key: sorted(group, key=lambda row: row.debian)
        for key, group in groups.items()
        if len({(row.status, tuple(row.became)) for row in group}) > 1
    }


def differences_text(rows: Sequence[Row]) -> str:
    """The table, with a sentence above it that counts."""
    found, releases = differing(rows), sorted({row.debian for row in rows})
    scenarios = {(row.scenario, row.chroot) for row in rows}
    among = f"Debian {', '.join(map(str, releases[:-1]))} and {releases[-1]}" if releases else "no release"
    count = f"{len(found)} of {len(scenarios)} scenarios differ between {among}."
    everywhere = [key for key in scenarios - found.keys() if any(row.status != "pass" for row in _of(rows, key))]
    same = [f"{len(everywhere)} of the others fail alike on each; run them without the pack to see why."]
    lines = [count, *(same if everywhere else [])]
    if not found:
        return "\n".join(lines)
    body = [_HEAD, *(cells for key, group in found.items() for cells in _cells(key, group))]
    widths = [max(len(cells[column]) for cells in body) for column in range(len(_HEAD) - 1)]
    printed = [_line(cells, widths) for cells in body]
    return "\n".join([*lines, "", printed[0], "-" * max(map(len, printed)), *printed[1:]])


def differences_data(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [
        {
            "scenario": scenario,
            "chroot": chroot,
            "releases": [
                {"debian": row.debian, "status": row.status.value, "became": list(row.became)} for row in group
            ],
        }
        for (scenario, chroot), group in differing(rows).items()
    ]


def _of(rows: Iterable[Row], key: tuple[str, str]) -> list[Row]:
    return [row for row in rows if (row.scenario, row.chroot) == key]


def _cells(key: tuple[str, str], group: list[Row]) -> Iterator[tuple[str, ...]]:
    """A line for the releases that agree with each other, and one more for each further session that differs."""
    alike: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for row in group:
        alike.setdefault((row.status.value, tuple(row.became)), []).append(row.debian)
    shown = _places_to_show([sentences for _, sentences in alike])
    scenario, chroot = key
    title = printable(f"{scenario} ({chroot})" if chroot != "packaged" else scenario)
    for (status, sentences), releases in alike.items():
        told = [line for place in shown if place < len(sentences) for line in _wrap(sentences[place])]
        for number, sentence in enumerate(told or ["nothing was seen of it"]):
            first = (shorten(title, _SCENARIO), ", ".join(map(str, releases)), status) if not number else ("", "", "")
            yield (*first, sentence)
            title = ""


def _wrap(sentence: str) -> list[str]:
    return textwrap.wrap(printable(sentence), _TEXT, subsequent_indent="  ", break_on_hyphens=False) or [""]


def _places_to_show(several: Sequence[tuple[str, ...]]) -> list[int]:
    """The places at which they differ; all of them where only the verdict does, or where they are not even as many."""
    longest = max(map(len, several))
    if {len(sentences) for sentences in several} != {longest}:
        return list(range(longest))
    found = [place for place in range(longest) if len({sentences[place] for sentences in several}) > 1]
    return found or list(range(longest))


def _line(cells: tuple[str, ...], widths: Sequence[int]) -> str:
    padded = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=False))
    return "  ".join((*padded, cells[-1])).rstrip()


def _sessions(evidence: Evidence) -> Iterator[tuple[int, str]]:
    counted = _message_counts(evidence)
    for place, transcript in enumerate(evidence.sessions):
        where = session_outcome(transcript).exchange
        refusal = where.reply.text if where and where.reply and not where.reply.positive else ""
        for address in evidence.mail_host.addresses:  # It is another one on each release.
            refusal = refusal.replace(address, "(mail host)")
        said = f'{outcome_sentence(transcript)} "{refusal}"' if refusal else outcome_sentence(transcript)
        yield place, f"{said}{_more_messages(transcript, counted)}"


def _message_counts(evidence: Evidence) -> dict[tuple[str, int | None], int]:
    """How many messages smtpd counted at the end of each session, by its client."""
    ends = [line.event for line in evidence.log if isinstance(line.event, Disconnect)]
    return {
        (end.client.address, end.client.port): sum(tally.accepted for tally in end.commands if tally.verb == "data")
        for end in ends
    }


def _more_messages(transcript: Transcript, counted: dict[tuple[str, int | None], int]) -> str:
    """What smtpd counted, if that is more messages than the client ever ended."""
    known = sum(exchange.stage == "MESSAGE" for exchange in transcript.exchanges)
    messages = counted.get((transcript.client, transcript.port), 0)
    return f", which smtpd took for {messages} messages" if messages > max(known, 1) else ""


def _spf(evidence: Evidence) -> Iterator[str]:
    if evidence.received_spf is not None:
        yield f"Received-SPF: {evidence.received_spf.result}"


def _named(evidence: Evidence, names: Sequence[str], place: int) -> tuple[str, ...]:
    own = names[place] if place < len(names) else ""
    return (own or f"session {place + 1}",) if len(evidence.sessions) > 1 else ()


def _label(labels: Iterable[str], what: str) -> str:
    known = ", ".join(filter(None, labels))
    return f"{known}: {what}" if known else what
