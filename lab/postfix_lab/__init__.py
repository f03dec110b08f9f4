"""The postfix lab: real Debian Postfix hosts on a fake Internet, and a verdict with its evidence.

What a test needs can be imported from here; `docs/map.md` shows the packages behind it. A name is loaded when
it is first used, because the same package is the agent's code inside the fake Internet, whose start has to be
short. Type checkers, editors, `dir` and `help` see all of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postfix_lab.dns.fault import Fault, FaultKind
    from postfix_lab.errors import EngineError, InputError, LabError, ScenarioFailed
    from postfix_lab.evidence.evidence import Evidence, load, save
    from postfix_lab.evidence.timeline import timeline
    from postfix_lab.fit.chroot import Chroot
    from postfix_lab.fit.filter_rules import MilterRule, PolicyRule, TableRule
    from postfix_lab.report.explanation_data import explanation_data
    from postfix_lab.report.explanation_text import explanation_text
    from postfix_lab.runtime.internet import Internet
    from postfix_lab.runtime.mail_host import MailHost
    from postfix_lab.runtime.setup import Setup
    from postfix_lab.scenario.misbehaviour import (
        SMUGGLING,
        Misbehaviour,
        bare_cr,
        bare_lf,
        bdat,
        crowd,
        early_talk,
        ehlo_again,
        eight_bit,
        endless_header,
        endless_headers,
        half_closed,
        lf_commands,
        long_command,
        long_line,
        many_recipients,
        nul,
        pipelined,
        reset_in_data,
        slow,
        smuggled,
        starttls_injection,
    )
    from postfix_lab.scenario.scenario import Scenario, Session
    from postfix_lab.scenario.world import Host, Ptr, World, zone, zone_file
    from postfix_lab.scene import Dns, MakeRemote, Remote, Scene
    from postfix_lab.smtp.answer import Answer, Oddity
    from postfix_lab.smtp.behaviour import ACCEPT, REFUSE, TEMPFAIL, Behaviour
    from postfix_lab.smtp.dialogue import (
        Auth,
        Burst,
        Command,
        Dialogue,
        Drop,
        HalfClose,
        Meet,
        Message,
        Raw,
        Stage,
        StartTls,
        mail,
    )
    from postfix_lab.smtp.filter_request import FilterRequest
    from postfix_lab.smtp.transcript import Exchange, Reply, Transcript
    from postfix_lab.verdict.checks import (
        Check,
        accepted,
        asked,
        asked_in_order,
        asked_nothing,
        bounced,
        connected_as,
        decided,
        decided_by,
        delivered,
        ended,
        header,
        logged,
        may_log,
        milter_received,
        no_received_spf,
        not_asked,
        not_delivered,
        not_logged,
        peer_received,
        policy_received,
        received_spf,
        refused,
        replied,
        sent,
        spf_result,
        table_asked,
        warned,
        within,
    )
    from postfix_lab.verdict.explanation import Explanation, explain
    from postfix_lab.verdict.judge import Status, Verdict, judge
    from postfix_lab.yaml.write.writer import to_yaml

_ROOMS = {
    "postfix_lab.verdict.checks": (
        "Check", "accepted", "asked", "asked_in_order", "asked_nothing", "bounced", "connected_as", "decided",
        "decided_by", "delivered", "ended", "header", "logged", "may_log", "milter_received", "no_received_spf",
        "not_asked", "not_delivered", "not_logged", "peer_received", "policy_received", "received_spf", "refused",
        "replied", "sent", "spf_result", "table_asked", "warned", "within",
    ),
    "postfix_lab.errors": ("EngineError", "InputError", "LabError", "ScenarioFailed"),
    "postfix_lab.evidence.evidence": ("Evidence", "load", "save"),
    "postfix_lab.evidence.timeline": ("timeline",),
    "postfix_lab.verdict.explanation": ("Explanation", "explain"),
    "postfix_lab.dns.fault": ("Fault", "FaultKind"),
    "postfix_lab.smtp.answer": ("Answer", "Oddity"),
    "postfix_lab.smtp.behaviour": ("ACCEPT", "REFUSE", "TEMPFAIL", "Behaviour"),
    "postfix_lab.smtp.dialogue": (
        "Auth", "Burst", "Command", "Dialogue", "Drop", "HalfClose", "Meet", "Message", "Raw", "Stage", "StartTls",
        "mail",
    ),
    "postfix_lab.smtp.filter_request": ("FilterRequest",),
    "postfix_lab.smtp.transcript": ("Exchange", "Reply", "Transcript"),
    "postfix_lab.report.explanation_data": ("explanation_data",),
    "postfix_lab.report.explanation_text": ("explanation_text",),
    "postfix_lab.scenario.misbehaviour": (
        "SMUGGLING", "Misbehaviour", "bare_cr", "bare_lf", "bdat", "crowd", "early_talk", "ehlo_again", "eight_bit",
        "endless_header", "endless_headers", "half_closed", "lf_commands", "long_command", "long_line",
        "many_recipients", "nul", "pipelined", "reset_in_data", "slow", "smuggled", "starttls_injection",
    ),
    "postfix_lab.fit.chroot": ("Chroot",),
    "postfix_lab.fit.filter_rules": ("MilterRule", "PolicyRule", "TableRule"),
    "postfix_lab.runtime.internet": ("Internet",),
    "postfix_lab.runtime.mail_host": ("MailHost",),
    "postfix_lab.runtime.setup": ("Setup",),
    "postfix_lab.scenario.scenario": ("Scenario", "Session"),
    "postfix_lab.scenario.world": ("Host", "Ptr", "World", "zone", "zone_file"),
    "postfix_lab.scene": ("Dns", "MakeRemote", "Remote", "Scene"),
    "postfix_lab.verdict.judge": ("Status", "Verdict", "judge"),
    "postfix_lab.yaml.write.writer": ("to_yaml",),
}  # fmt: skip
_HOME = {name: room for room, names in _ROOMS.items() for name in names}
__all__ = [
    "ACCEPT", "REFUSE", "SMUGGLING", "TEMPFAIL", "Answer", "Auth", "Behaviour", "Burst", "Check", "Chroot",
    "Command", "Dialogue", "Dns", "Drop", "EngineError", "Evidence", "Exchange", "Explanation", "Fault",
    "FaultKind", "FilterRequest", "HalfClose", "Host", "InputError", "Internet", "LabError", "MailHost",
    "MakeRemote", "Meet", "Message", "MilterRule", "Misbehaviour", "Oddity", "PolicyRule", "Ptr", "Raw", "Remote",
    "Reply", "Scenario", "ScenarioFailed", "Scene", "Session", "Setup", "Stage", "StartTls", "Status", "TableRule",
    "Transcript", "Verdict", "World", "accepted", "asked", "asked_in_order", "asked_nothing", "bare_cr", "bare_lf",
    "bdat", "bounced", "connected_as", "crowd", "decided", "decided_by", "delivered", "early_talk", "ehlo_again",
    "eight_bit", "ended", "endless_header", "endless_headers", "explain", "explanation_data", "explanation_text",
    "half_closed", "header", "judge", "lf_commands", "load", "logged", "long_command", "long_line", "mail",
    "many_recipients", "may_log", "milter_received", "no_received_spf", "not_asked", "not_delivered", "not_logged",
    "nul", "peer_received", "pipelined", "policy_received", "received_spf", "refused", "replied", "reset_in_data",
    "save", "sent", "slow", "smuggled", "spf_result", "starttls_injection", "table_asked", "timeline", "to_yaml",
    "warned", "within", "zone", "zone_file",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if not TYPE_CHECKING:  # A type checker sees the imports above, and that nothing else is here.

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module 'postfix_lab' has no attribute {name!r}")
        return getattr(import_module(_HOME[name]), name)
