"""Compare the same scenarios on several releases, and list those with different results. Pure.

Compared are the verdict of the scenario, the outcome of each session with the text of its refusal, the number of
messages that smtpd counted, and the SPF result; not the texts of the log, whose wording depends on the release.
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

_HEAD = ("scenario", "debian", "verdict", "what became of it")
_SCENARIO, _TEXT = 60, 90


def session_results(seen: Sequence[Evidence], called: Sequence[Sequence[str]] = ()) -> list[str]:
    """Return a sentence with the outcome of each session; `called` has the names of the sessions of each evidence."""
    results: list[str] = []
    for number, evidence in enumerate(seen):
        step = f"step {number + 1}" if len(seen) > 1 else ""
        names = called[number] if number < len(called) else ()
        for place, what in _sessions(evidence):
            results.append(_label((step, *_session_label(evidence, names, place)), what))
        results += [_label((step,), what) for what in _spf(evidence)]
    return results


def find_differences(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Return, by scenario and chroot state, the rows of those whose result is not the same on every release."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.scenario, row.chroot), []).append(row)
    return {
        key: sorted(group, key=lambda row: row.debian)
        for key, group in groups.items()
        if len({(row.status, tuple(row.became)) for row in group}) > 1
    }


def differences_text(rows: Sequence[Row]) -> str:
    """Return the table, below a sentence with the counts."""
    found, releases = find_differences(rows), sorted({row.debian for row in rows})
    scenarios = {(row.scenario, row.chroot) for row in rows}
    among = f"Debian {', '.join(map(str, releases[:-1]))} and {releases[-1]}" if releases else "no release"
    count = f"{len(found)} of {len(scenarios)} scenarios differ between {among}."
    alike = scenarios - found.keys()
    everywhere = [key for key in alike if any(row.status != "pass" for row in _select_rows(rows, key))]
    same = [f"{len(everywhere)} of the others fail alike on each; run them without the pack to see why."]
    lines = [count, *(same if everywhere else [])]
    if not found:
        return "\n".join(lines)
    body = [_HEAD, *(cells for key, group in found.items() for cells in _cells(key, group))]
    widths = [max(len(cells[column]) for cells in body) for column in range(len(_HEAD) - 1)]
    printed = [_line(cells, widths) for cells in body]
    return "\n".join([*lines, "", printed[0], "-" * max(map(len, printed)), *printed[1:]])


def differences_data(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the differences as plain values."""
    return [
        {
            "scenario": scenario,
            "chroot": chroot,
            "releases": [
                {"debian": row.debian, "status": row.status.value, "became": list(row.became)} for row in group
            ],
        }
        for (scenario, chroot), group in find_differences(rows).items()
    ]


def _select_rows(rows: Iterable[Row], key: tuple[str, str]) -> list[Row]:
    return [row for row in rows if (row.scenario, row.chroot) == key]


def _cells(key: tuple[str, str], group: list[Row]) -> Iterator[tuple[str, ...]]:
    """Yield a line for each group of releases that agree, and one for each further session that differs."""
    alike: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for row in group:
        alike.setdefault((row.status.value, tuple(row.became)), []).append(row.debian)
    shown = _places_to_show([sentences for _, sentences in alike])
    scenario, chroot = key
    title = printable(f"{scenario} ({chroot})" if chroot != "packaged" else scenario)
    for (status, sentences), releases in alike.items():
        lines = [line for place in shown if place < len(sentences) for line in _wrap(sentences[place])]
        for number, sentence in enumerate(lines or ["nothing was seen of it"]):
            first = (shorten(title, _SCENARIO), ", ".join(map(str, releases)), status) if not number else ("", "", "")
            yield (*first, sentence)
            title = ""


def _wrap(sentence: str) -> list[str]:
    return textwrap.wrap(printable(sentence), _TEXT, subsequent_indent="  ", break_on_hyphens=False) or [""]


def _places_to_show(several: Sequence[tuple[str, ...]]) -> list[int]:
    """Return the indices at which they differ; all if only the verdict differs, or their numbers do."""
    longest = max(map(len, several))
    if {len(sentences) for sentences in several} != {longest}:
        return list(range(longest))
    found = [place for place in range(longest) if len({sentences[place] for sentences in several}) > 1]
    return found or list(range(longest))


def _line(cells: tuple[str, ...], widths: Sequence[int]) -> str:
    padded = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=False))
    return "  ".join((*padded, cells[-1])).rstrip()


def _sessions(evidence: Evidence) -> Iterator[tuple[int, str]]:
    for place, transcript in enumerate(evidence.sessions):
        where = session_outcome(transcript).exchange
        refusal = where.reply.text if where and where.reply and not where.reply.positive else ""
        for address in evidence.mail_host.addresses:  # It is another one on each release.
            refusal = refusal.replace(address, "(mail host)")
        sentence = f'{outcome_sentence(transcript)} "{refusal}"' if refusal else outcome_sentence(transcript)
        yield place, f"{sentence}{_more_messages(evidence, place)}"


def _more_messages(evidence: Evidence, place: int) -> str:
    """Return smtpd's count of messages in words if it is higher than the number of messages that the client ended."""
    known = sum(exchange.stage == "MESSAGE" for exchange in evidence.sessions[place].exchanges)
    ends = [line.event for line in evidence.log_of(place) if isinstance(line.event, Disconnect)]
    messages = sum(tally.accepted for end in ends for tally in end.commands if tally.verb == "data")
    return f", which smtpd took for {messages} messages" if messages > max(known, 1) else ""


def _spf(evidence: Evidence) -> Iterator[str]:
    if evidence.received_spf is not None:
        yield f"Received-SPF: {evidence.received_spf.result}"


def _session_label(evidence: Evidence, names: Sequence[str], place: int) -> tuple[str, ...]:
    own = names[place] if place < len(names) else ""
    return (own or f"session {place + 1}",) if len(evidence.sessions) > 1 else ()


def _label(labels: Iterable[str], what: str) -> str:
    known = ", ".join(filter(None, labels))
    return f"{known}: {what}" if known else what
