"""Measures what docs/performance.md says, and writes its tables and its plot anew; `make figures` calls it.

The figures are kept in bench/figures.json, with the load of the machine when they were taken: on one that is
busy with other work, only the ratios of what ran in turn mean anything.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.throughput import AT_ONCE, BESIDE, KINDS, PAIRS, Cost, best_of, load, middle_of, opened
from postfix_lab.paths import ROOT

FIGURES = ROOT / "bench" / "figures.json"
PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "performance.svg"
GROWTH = (1_000, 3_000, 10_000, 30_000, 100_000)
_GOAL = 0.9
_HEAVIEST = "SPF-checked"
"""The kind whose memory the plot shows; the table has all of them."""


def main() -> int:
    """Measure, keep, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("docker", "podman"))
    parser.add_argument("--runs", type=int, default=5, help="of each row; pairs, four times as many (default: 5)")
    parser.add_argument("--sessions", type=int, default=1000, help="in a run (default: 1000)")
    parser.add_argument("--growth", type=int, default=GROWTH[-1], help="sessions of the longest row (default: 100000)")
    parser.add_argument("--taken", type=int, default=GROWTH[-1], help="the same where mail is taken (default: 100000)")
    parser.add_argument("--write-only", action="store_true", help="write page and plot from the figures that are kept")
    given = parser.parse_args()
    if not given.write_only:
        FIGURES.write_text(json.dumps(measured(given), indent=1) + "\n", "utf-8")
    figures = json.loads(FIGURES.read_text("utf-8"))
    write(figures)
    plot(figures, PLOT)
    return 0


def measured(given: argparse.Namespace) -> dict[str, Any]:
    """Everything that the page says."""
    with opened(given.engine) as lab:
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        about: dict[str, Any] = {"date": today, "cores": os.cpu_count(), "engine": lab.engine, "load": [load()]}
        rates = {kind: {at: _rates(lab, kind, at, given) for at in AT_ONCE} for kind in KINDS}
        about["load"].append(load())
        pairs = [lab.beside(given.sessions) for _ in range(PAIRS * given.runs + 1)][1:]
        costs = middle_of([lab.costs(given.sessions) for _ in range(given.runs)])
        about["load"].append(load())
        most = {kind: given.growth if kind == "refused" else given.taken for kind in KINDS}
        grown = {kind: _growth(lab, kind, tuple(n for n in GROWTH if n <= most[kind])) for kind in KINDS}
    return {**about, "sessions": given.sessions, "runs": given.runs, "rates": rates, "beside": best_of(pairs),
            "costs": costs, "growth": grown}  # fmt: skip


def _growth(lab: Any, kind: str, sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    grown = []
    for now in lab.growth(kind, sizes):
        grown.append({**asdict(now), "load": load()})
        print(f"{now.sessions} {kind} sessions: {now.rate:.0f} a second, {now.memory}", flush=True)
    return grown


def _rates(lab: Any, kind: str, at_once: int, given: argparse.Namespace) -> float:
    lab.rate(kind, at_once, given.sessions // 5)
    rate: float = statistics.median(lab.rate(kind, at_once, given.sessions)[0] for _ in range(given.runs))
    print(f"{kind}, {at_once} at once: {rate:.0f} sessions a second", flush=True)
    return rate


def write(figures: dict[str, Any]) -> None:
    """Put the tables between the page's marks."""
    text = PAGE.read_text("utf-8")
    for name, lines in (("about", _about(figures)), ("rates", _rate_table(figures)), ("beside", _beside_table(figures)),
                        ("growth", _growth_table(figures))):  # fmt: skip
        text = _fill(text, name, lines)
    PAGE.write_text(text, "utf-8")


def _fill(text: str, name: str, lines: list[str]) -> str:
    """Replace what is between the mark of that name and the next end."""
    mark, end = f"<!-- {name} -->\n", "<!-- end -->"
    before, _, rest = text.partition(mark)
    _, _, after = rest.partition(end)
    return f"{before}{mark}{chr(10).join(lines)}\n{end}{after}"


def _about(figures: dict[str, Any]) -> list[str]:
    loads = ", ".join(figures["load"])
    where = f"{figures['date']} with {figures['cores']} cores and {figures['engine']}"
    return [
        f"Measured on {where}, {figures['sessions']:,} sessions in a run, medians of {figures['runs']} runs.",
        f"The machine's load while it was measured: {loads}.",
    ]


def _rate_table(figures: dict[str, Any]) -> list[str]:
    rates = figures["rates"]
    rows = [(str(at), *(f"{of_kind[str(at)]:.0f}" for of_kind in rates.values())) for at in AT_ONCE]
    return _table(("sessions at once", *rates), rows)


def _beside_table(figures: dict[str, Any]) -> list[str]:
    pair = figures["beside"]
    ours, theirs = (Cost(**cost) for cost in figures["costs"])
    complete = "sessions a second, until all is delivered and logged (the lab: and its evidence complete)"
    rows = [
        (complete, f"{pair['lab']:.0f}", f"{pair['source_delivered']:.0f}", _spread(pair["ratio"]), f"{_GOAL}"),
        ("until the last session was over", f"{pair['lab_spoken']:.0f}", f"{pair['source']:.0f}",
         _spread(pair["ratio_spoken"]), ""),
        ("processor time of a session, ms: mail host", f"{ours.mail_host:.2f}", f"{theirs.mail_host:.2f}", "", ""),
        ("the Internet: DNS, loghost, sink, and who speaks", f"{ours.internet:.2f}", f"{theirs.internet:.2f}", "", ""),
        ("the lab's own process", f"{ours.lab:.2f}", f"{theirs.lab:.2f}", "", ""),
        ("all of it", f"{ours.whole:.2f}", f"{theirs.whole:.2f}", f"{theirs.whole / ours.whole:.2f}", f"{_GOAL}"),
    ]  # fmt: skip
    head = (f"accepted, {BESIDE} at once, {pair['pairs']} pairs", "lab", "smtp-source", "ratio (quartiles)", "goal")
    return _table(head, rows)


def _spread(quartiles: list[float]) -> str:
    low, middle, high = quartiles
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def _growth_table(figures: dict[str, Any]) -> list[str]:
    head = ("sessions held so far", "a second", "lab, MB", "agent, MB", "mail host, MB", "load")
    rows = [
        (f"{row['sessions']:,} {kind}", f"{row['rate']:.0f}", *_megabytes(row), row["load"])
        for kind, grown in figures["growth"].items()
        for row in grown
    ]
    grew = (f"{kind}: {_grew(grown)}" for kind, grown in figures["growth"].items())
    return [*_table(head, rows), "", f"Growth in kB for every 1,000 sessions. {'; '.join(grew)}."]


def _megabytes(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(f"{kilobytes / 1024:.1f}" for kilobytes in row["memory"].values())


def _grew(grown: list[dict[str, Any]]) -> str:
    first, last = grown[0], grown[-1]
    thousands = max(1.0, (last["sessions"] - first["sessions"]) / 1000)
    return ", ".join(
        f"{name.replace('_', ' ')} {(now - first['memory'][name]) / thousands:.1f}"
        for name, now in last["memory"].items()
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]


def plot(figures: dict[str, Any], place: Path) -> None:
    """Rates by sessions at once, rates and memory by sessions held, as an SVG whose words stay words."""
    import matplotlib as mpl  # noqa: PLC0415 - only `make figures` has it

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "postfix-lab", "font.size": 9})
    from matplotlib import pyplot as plt  # noqa: PLC0415 - the same

    drawing, (left, middle, right) = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
    for kind, rates in figures["rates"].items():
        left.plot([str(at) for at in AT_ONCE], [rates[str(at)] for at in AT_ONCE], marker="o", label=kind)
    left.plot([str(BESIDE)], [figures["beside"]["source_delivered"]], "kx", label="smtp-source, accepted")
    left.set(xlabel="sessions at once", ylabel="sessions a second, evidence complete", ylim=(0, None))
    for kind, grown in figures["growth"].items():
        sessions = [row["sessions"] for row in grown]
        middle.plot(sessions, [row["rate"] for row in grown], marker="o", label=f"{kind}, 16 at once")
    middle.set(xlabel="sessions held so far", ylabel="sessions a second", xscale="log", ylim=(0, None))
    grown = figures["growth"][_HEAVIEST]
    for name in grown[0]["memory"]:
        memory = [row["memory"][name] / 1024 for row in grown]
        right.plot([row["sessions"] for row in grown], memory, marker="o", label=name.replace("_", " "))
    right.set(xlabel=f"{_HEAVIEST} sessions held so far", ylabel="memory of its own, MB", xscale="log", ylim=(0, None))
    for axes in (left, middle, right):
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    drawing.savefig(place, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))


if __name__ == "__main__":
    sys.exit(main())
