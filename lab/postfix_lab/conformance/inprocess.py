"""Run pyspf in the mail host under its own Python: the client of `inside/mailhost/pyspf_probe.py`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from postfix_lab.conformance.judgement import SpfStatement
from postfix_lab.conformance.oracle import NamedQuestion, driver_question
from postfix_lab.conformance.suite import Chapter
from postfix_lab.errors import LabError
from postfix_lab.paths import PACKAGE

if TYPE_CHECKING:
    from postfix_lab.runtime.mail_host import MailHost

_SCRIPT = PACKAGE / "inside" / "mailhost" / "pyspf_probe.py"
_PLACE = "/root/conformance"
_PACKAGES = "dpkg-query -W -f '${Package} ${Version}\\n' python3-spf python3-dns python3-dnspython 2>/dev/null || true"


@dataclass(frozen=True)
class Ask:
    """One question to pyspf; `over` is where it resolves names: the suite's driver, or the lab's DNS."""

    ip: str
    sender: str
    helo: str
    over: Literal["driver", "dns"]
    seconds: int
    """Total time limit for DNS lookups, in seconds."""


@dataclass(frozen=True)
class Order:
    """The questions about one chapter: pyspf's judgements, and the driver's answers to DNS questions."""

    chapter: Chapter
    asks: Sequence[Ask] = ()
    questions: Iterable[NamedQuestion] = ()


@dataclass(frozen=True)
class ProbeAnswer:
    """The answers in the order of the questions; a DNS answer is the driver's records, or None for a timeout."""

    said: tuple[SpfStatement, ...]
    records: tuple[Any, ...]


def ask(host: MailHost, driver: str, orders: Sequence[Order]) -> tuple[list[ProbeAnswer], str]:
    """Ask everything at once; return an answer for each order, and the mail host's version of Python."""
    text = json.dumps({
        "driver": driver,
        "chapters": [
            {
                "zonedata": order.chapter.zonedata,
                "asks": [asdict(ask) for ask in order.asks],
                "questions": list(map(driver_question, order.questions)),
            }
            for order in orders
        ],
    })
    host.write({f"{_PLACE}/probe.py": _SCRIPT.read_text("utf-8"), f"{_PLACE}/order.json": text})
    printed = host.shell(f"python3 -I {_PLACE}/probe.py {_PLACE}/order.json")
    try:
        found = json.loads(printed.splitlines()[-1])
    except (ValueError, IndexError):
        raise LabError(
            f"{_SCRIPT.name} in the {host.container.name} was to print JSON and printed {printed!r}"
        ) from None
    answers = [
        ProbeAnswer(tuple(SpfStatement(*words) for words in each["asks"]), tuple(each["questions"]))
        for each in found["chapters"]
    ]
    return answers, found["python"]


def versions(host: MailHost) -> dict[str, str]:
    """Return the versions of pyspf and of the installed DNS libraries by package."""
    return dict(line.split(" ", 1) for line in host.shell(_PACKAGES).splitlines() if " " in line)
