"""An explanation that was made by hand: a list, a table's answer within it, a class that decides, and the maps."""

from __future__ import annotations

from dataclasses import replace

from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.files.place import Place
from postfix_lab.postfix.log.events import Reject
from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Restriction, Result, Step
from postfix_lab.verdict.explanation import Decision, ExplainedSession, Explanation
from tests.unit.evidence_builder import FACTS, query

CLIENT, RELAY = "smtpd_client_restrictions", "smtpd_relay_restrictions"


def step(name: str, result: Result, *, argument: str = "", place: str = "main.cf", line: int | None = 5, **more: object) -> Step:
    made = Step(Restriction(name, argument, Place(place, line), RELAY, 0), result)
    return replace(made, **more)  # type: ignore[arg-type]  # whatever a test wants to be different


REFUSED = Reject("reject", "RCPT", "<b@c>: no", code=450, enhanced="4.7.1")
WARNED = Reject("reject_warning", "RCPT", "never", enhanced="5.7.1")
INNER = step("permit", "permit", place="table", line=None)
FIRST = step(
    "check_client_access", "dunno", argument="hash:/a", answers=("reject x",), warnings=("warning: odd",), rejects=(WARNED,),
    queries=(query("x.example", "A", "NODATA"),), inner=(Evaluation("hash:/a", "table", (INNER,)),),
)  # fmt: skip
DECIDING = step("reject", "defer", rejects=(REFUSED,))
LAST = step("permit", "not reached", place="default", line=None)
RCPT = EvaluatedCommand(
    "RCPT", "RCPT TO:<b@c>", 1.0,
    (
        Evaluation(CLIENT, "list", (FIRST,)),
        Evaluation("greedy", "class", (DECIDING, LAST)),
        Evaluation("smtpd_reject_unlisted_recipient", "maps", (), ran=False),
    ),
    reply="450 4.7.1 <b@c>: no",
)  # fmt: skip
QUIET = EvaluatedCommand("EHLO", "EHLO x", 0.5)
DECISION = Decision(RCPT, "restriction", DECIDING)
SESSION = ExplainedSession("192.0.2.1", 9, 25, "smtp/inet", (QUIET, RCPT), (DECISION,), DECISION)


def explanation(*sessions: ExplainedSession) -> Explanation:
    return Explanation("right", FACTS, Configured("", ""), sessions or (SESSION,))
