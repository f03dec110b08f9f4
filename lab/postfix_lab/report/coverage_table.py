"""Coverage as a table, as data for JSON, and as the admin's main.cf with counts for each restriction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.files.place import Place
from postfix_lab.serialization import read_json, to_json
from postfix_lab.text import folder_name, printable, shorten
from postfix_lab.verdict.coverage import Coverage, Covered, UsedEntry

FOLDER = "coverage"
"""Below a run's evidence."""
_JSON = "coverage.json"
_FORMAT = 1
_TEXT = 60
_SHOWN = 10
"""How many entries of a table that were never used are listed; JSON has all."""
_STAGES = {
    "smtpd_client_restrictions": "CONNECT",
    "smtpd_helo_restrictions": "HELO",
    "smtpd_sender_restrictions": "MAIL",
    "smtpd_relay_restrictions": "RCPT",
    "smtpd_recipient_restrictions": "RCPT",
    "smtpd_data_restrictions": "DATA",
    "smtpd_end_of_data_restrictions": "MESSAGE",
    "smtpd_etrn_restrictions": "ETRN",
}


def coverage_text(coverages: Iterable[Coverage], *, overrides: bool = False) -> str:
    """Return a table for each configuration: list and stage, restriction, place, counts of evaluated and decided.

    With `overrides` it also lists restrictions that the scenarios set.
    """
    return "\n\n".join("\n".join(_table(coverage, overrides=overrides)) for coverage in coverages)


def coverage_data(coverages: Iterable[Coverage]) -> dict[str, Any]:
    """Return the coverage as plain values for `json.dumps`."""
    return {
        "configurations": [
            {
                "configuration": coverage.configuration,
                "percent": round(coverage.percent, 1),
                "restrictions": [_row_data(row) for row in coverage.rows],
                "outside": [
                    {**_place_data(row.restriction.place), "parameter": row.restriction.name,
                     "value": row.restriction.argument, "decided": row.decided}
                    for row in coverage.outside
                ],
                "entries": [
                    {**_place_data(entry.place), "key": entry.key, "used": entry.used} for entry in coverage.entries
                ],
            }
            for coverage in coverages
        ]
    }


def annotate(coverage: Coverage, file: str = "main.cf") -> str:
    """Return the admin's file with `evaluated/decided` before each restriction; `!` marks one never evaluated."""
    text = coverage.main_cf if file == "main.cf" else coverage.master_cf
    by_line: dict[int, list[Covered]] = {}
    for row in coverage.rows:
        if row.restriction.place.file == file and row.restriction.place.line:
            by_line.setdefault(row.restriction.place.line, []).append(row)
    noted = ((_margin(by_line.get(number, [])), line) for number, line in enumerate(split_lines(text), start=1))
    return "".join(f"{margin:<14}| {printable(line)}".rstrip() + "\n" for margin, line in noted)


def shortfall(coverages: Iterable[Coverage], threshold: float) -> str:
    """Return a sentence that says what is missing for the threshold, or an empty text."""
    low = [coverage for coverage in coverages if coverage.percent < threshold]
    return " ".join(
        f"The coverage of {printable(c.configuration)} is {c.percent:.0f} %, and {threshold:g} % are wanted: "
        f"{', '.join(f'{printable(r.restriction.text)} ({r.restriction.place})' for r in c.silent)} "
        f"{'was' if len(c.silent) == 1 else 'were'} never evaluated."
        for c in low
    )


def save_coverage(coverages: tuple[Coverage, ...], folder: Path) -> None:
    """Write the table, the annotated files, and `coverage.json`, which alone is read back."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "coverage.txt", coverage_text(coverages, overrides=True) + "\n")
    for number, coverage in enumerate(coverages, start=1):
        for file in ("main.cf", "master.cf"):
            name = f"{folder_name(Path(coverage.configuration).name or str(number))}.{file}"
            _write(folder / name, annotate(coverage, file))
    kept = {"format": _FORMAT, "coverages": [to_json(coverage) for coverage in coverages]}
    _write(folder / _JSON, json.dumps(kept))


def _write(path: Path, text: str) -> None:
    if path.is_symlink():
        path.unlink()  # A link may be anybody's: its target is left alone.
    path.write_text(text, "utf-8", errors="backslashreplace")


def load_coverage(folder: Path) -> tuple[Coverage, ...]:
    """Read what `save_coverage` wrote; raises `InputError` if there is none."""
    found = read_json(folder / _JSON, "coverages", _FORMAT, list[Coverage], "run scenarios with --coverage")
    return tuple(found)


def _table(coverage: Coverage, *, overrides: bool) -> Iterator[str]:
    counted = [row for row in coverage.rows if row.counts]
    evaluated = sum(row.evaluated > 0 for row in counted)
    counts = f"{evaluated} of {len(counted)} restrictions evaluated, {coverage.percent:.0f} %"
    yield printable(f"coverage of {coverage.configuration}: {counts}")
    rows = [row for row in coverage.rows if row.counts or overrides]
    group = ("", "")
    for row in rows:
        name, file = row.restriction.list, row.restriction.place.file
        if (name, file) != group:
            group = name, file
            yield printable(f"  {name}  ({_STAGES.get(name, 'restriction class')}, {file})")
        yield f"    {_row(row)}"
    yield from _outside(coverage)
    yield from _entries(coverage)


def _outside(coverage: Coverage) -> Iterator[str]:
    """Yield what can decide outside of the lists: content checks, milters; and what else did decide there."""
    if coverage.outside:
        yield "  outside of the lists"
    for row in coverage.outside:
        text = f"{shorten(printable(row.restriction.text), _TEXT):<{_TEXT}}"
        decided = f"decided {row.decided:>4}" if row.decided else "NEVER DECIDED"
        yield f"    {text}  {printable(str(row.restriction.place)):<13}  {decided}"


def _entries(coverage: Coverage) -> Iterator[str]:
    """Yield for each table how many of its entries were used, and those that never were."""
    tables: dict[str, list[UsedEntry]] = {}
    for entry in coverage.entries:
        tables.setdefault(entry.place.file, []).append(entry)
    for path, entries in tables.items():
        never = [entry for entry in entries if not entry.used]
        yield printable(f"  {path}  {len(entries) - len(never)} of {len(entries)} entries used")
        for entry in never[:_SHOWN]:
            key = f"{shorten(printable(entry.key), _TEXT):<{_TEXT}}"
            yield f"    {key}  line {entry.place.line or 0:<8}  NEVER USED"
        if len(never) > _SHOWN:
            yield f"    and {len(never) - _SHOWN} more that were never used"


def _row(row: Covered) -> str:
    restriction = row.restriction
    text = f"{shorten(printable(restriction.text), _TEXT):<{_TEXT}}"
    place = printable(str(restriction.place))
    return f"{text}  {place:<13}  evaluated {row.evaluated:>4}  {_count_decided(row)}".rstrip()


def _count_decided(row: Covered) -> str:
    if not row.evaluated:
        return "NEVER REACHED"
    if not row.restriction.decides:
        return "cannot decide"
    return f"decided {row.decided:>4}" if row.decided else "NEVER DECIDED"


def _margin(rows: list[Covered]) -> str:
    counts = ",".join(f"{row.evaluated}/{row.decided}" for row in rows)
    return f"! {counts}" if any(not row.evaluated for row in rows) else counts


def _place_data(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line}


def _row_data(row: Covered) -> dict[str, Any]:
    restriction = row.restriction
    return {
        "list": restriction.list,
        "stage": _STAGES.get(restriction.list),
        "restriction": restriction.name,
        "argument": restriction.argument,
        "file": restriction.place.file,
        "line": restriction.place.line,
        "evaluated": row.evaluated,
        "decided": row.decided,
        "decides": restriction.decides,
        "counts": row.counts,
    }
