"""Run the suite: each chapter is a world, each case a session with a real smtpd and its policyd-spf."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from postfix_lab.conformance.case_result import CaseResult, outcome
from postfix_lab.conformance.inprocess import Ask, Order, ProbeAnswer, ask, versions
from postfix_lab.conformance.judgement import Agreement, Judgement, Proof, SpfStatement, compare, judge
from postfix_lab.conformance.oracle import NamedQuestion, mistakes, recorded_answers
from postfix_lab.conformance.suite import Case, Chapter, Suite
from postfix_lab.conformance.suite_outcome import SuiteOutcome
from postfix_lab.conformance.suite_zones import world
from postfix_lab.evidence.evidence import save
from postfix_lab.paths import CONFIGURATIONS, evidence_folder
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.ptr import Ptr
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host, World
from postfix_lab.smtp.dialogue import mail
from postfix_lab.text import folder_name

if TYPE_CHECKING:
    from postfix_lab.runtime.executor import Executor
    from postfix_lab.runtime.mail_host import MailHost

LOOKUP_TIME = 2
"""Seconds that policyd-spf waits for silence; its own default is 20."""
_AT_ONCE = 4
"""Sessions at once: each smtpd starts a policyd-spf of its own, which costs as much as some ten sessions."""
_RELAY = "reject_unauth_destination, check_policy_service unix:private/policyd-spf"
_ALWAYS = {"PermError_reject": "True", "TempError_Defer": "True", "Lookup_Time": str(LOOKUP_TIME)}
_JUDGED = {
    "mailfrom": {"HELO_reject": "No_Check", "Mail_From_reject": "Fail"},
    "helo": {"HELO_reject": "Fail", "Mail_From_reject": "No_Check"},
}
"""policyd-spf judges HELO first, and a *fail* there ends it; so only the case's own identity is judged."""
_LIBRARIES = {"py3dns": "python3-dns", "dnspython": "python3-dnspython"}


@dataclass
class _Part:
    """The results of a chapter so far."""

    suite: str
    chapter: Chapter
    world: World
    seen: dict[str, CaseResult] = field(default_factory=dict)
    questions: dict[NamedQuestion, set[str]] = field(default_factory=dict)
    over_dns: dict[str, SpfStatement] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)


def setup(identity: str) -> Setup:
    """Return the setup that judges `mailfrom` or `helo`, and makes each result distinguishable."""
    return Setup(
        CONFIGURATIONS / "seed",
        main={"smtpd_relay_restrictions": _RELAY},
        policyd_spf={**_ALWAYS, **_JUDGED[identity]},
    )


def run_suite(
    executor: Executor, debian: int, suite: Suite, driver: str, progress: Callable[[str], None] = lambda _: None
) -> SuiteOutcome:
    """Run every case of the suite on that release; `driver` is the text of the suite's `testspf.py`.

    The evidence of each case that differs is kept in `.lab/conformance`.
    """
    progress(f"debian {debian}  {suite.name}: {len(suite.cases)} cases ...")
    host = executor.prepare(Target(debian, setup("mailfrom")))
    began = time.monotonic()
    parts = [_part(chapter, suite.name) for chapter in suite.chapters]
    for identity in _JUDGED:
        host = executor.prepare(Target(debian, setup(identity)))
        for part in parts:
            cases = [case for case in part.chapter.cases if case.identity == identity]
            if cases:
                _run_chapter(executor, host, part, cases)
                _recheck_differences(executor, host, part, cases, driver)
    answers, python = ask(host, driver, [_final_order(part) for part in parts])
    wrong = [_dns_mistakes(part, answer) for part, answer in zip(parts, answers, strict=True)]
    packages, facts = versions(host), host.facts()
    return SuiteOutcome(
        suite.name,
        facts,
        packages.get("python3-spf", "?"),
        f"{facts.spf_dns_library} {packages.get(_LIBRARIES[facts.spf_dns_library], '?')}",
        python,
        tuple((p.chapter.title, _judge_cases(p, a, w)) for p, a, w in zip(parts, answers, wrong, strict=True)),
        tuple(f"{part.chapter.title}: {text}" for part, texts in zip(parts, wrong, strict=True) for text in texts),
        sum(len(part.questions) for part in parts),
        tuple(text for part in parts for text in part.trouble),
        time.monotonic() - began,
    )


def session(case: Case) -> Session:
    """Return the session for a case, from the client's real address; the recipient identifies the message."""
    return Session(_host(case), mail(helo=case.helo, sender=format_address(case.mailfrom), to=_recipient(case)))


def format_address(mailfrom: str) -> str:
    """The address in SMTP's own notation: a local part that is no dot-string is quoted (RFC 5321 section 4.1.2)."""
    local, at, domain = mailfrom.partition("@")
    plain = local and not set(local) & set(' "(),:;<>@[\\]') and local.isprintable()
    if not at or plain:
        return mailfrom
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"@{domain}'


def _part(chapter: Chapter, suite: str) -> _Part:
    hosts = tuple(dict.fromkeys(map(_host, chapter.cases)))
    return _Part(suite, chapter, replace(world(chapter.zonedata, f"{suite}: {chapter.title}"), hosts=hosts))


def _host(case: Case) -> Host:
    return Host(case.client, ptr=Ptr.missing())


def _recipient(case: Case) -> str:
    return f"{case.name}@lab.test".lower()


def _run_chapter(executor: Executor, host: MailHost, part: _Part, cases: Sequence[Case]) -> None:
    """Run the cases of a chapter; those with DNS timeouts go together, so that they wait at the same time."""
    ordered = sorted(cases, key=lambda case: "temperror" not in case.results)
    for at in range(0, len(ordered), _AT_ONCE):
        part.seen.update(_run_cases(executor, host, part, ordered[at : at + _AT_ONCE]))


def _run_cases(executor: Executor, host: MailHost, part: _Part, cases: Sequence[Case]) -> dict[str, CaseResult]:
    alone = len(cases) == 1
    name = cases[0].name if alone else part.chapter.title
    seen = executor.run(host, Scenario(name, tuple(map(session, cases)), part.world))
    part.trouble.extend(f"{name}: {text}" for text in seen.trouble)
    for question, answer in recorded_answers(seen.queries):
        part.questions.setdefault(question, set()).add(answer)
    found = {
        case.name: outcome(transcript, seen.messages, seen.lines, _recipient(case))
        for case, transcript in zip(cases, seen.sessions, strict=True)
    }
    if alone and compare(cases[0], found[name]) is Agreement.DIFFERS:
        save(seen, evidence_folder("conformance", folder_name(part.suite, str(host.debian))) / folder_name(name))
    return found


def _recheck_differences(executor: Executor, host: MailHost, part: _Part, cases: Sequence[Case], driver: str) -> None:
    """Run each differing case again, alone, and ask pyspf about it in the same world."""
    differ = [case for case in cases if compare(case, part.seen[case.name]) is Agreement.DIFFERS]
    for case in differ:
        before, after = part.seen[case.name], _run_cases(executor, host, part, [case])[case.name]
        part.seen[case.name] = after
        if after.result != before.result:
            part.trouble.append(f"{case.name} came to {before.result!r} among others and to {after.result!r} alone")
    if differ:
        asks = [Ask(case.host, case.mailfrom, case.helo, "dns", LOOKUP_TIME) for case in differ]
        (answer,), _ = ask(host, driver, [Order(part.chapter, asks)])
        part.over_dns.update(zip((case.name for case in differ), answer.said, strict=True))


def _final_order(part: _Part) -> Order:
    """Return the questions about a chapter: each case as the suite and as policyd-spf ask it, and its DNS questions."""
    asks = [each for case in part.chapter.cases for each in _both_ways(case, part.seen[case.name])]
    return Order(part.chapter, asks, part.questions)


def _both_ways(case: Case, seen: CaseResult) -> tuple[Ask, Ask]:
    helo = case.helo.lower()
    who = seen.who if seen.who is not None else case.mailfrom.lower()
    handed = who if case.identity == "mailfrom" else f"postmaster@{helo}"
    exact = Ask(case.host, case.mailfrom, case.helo, "driver", LOOKUP_TIME)
    return exact, replace(exact, sender=handed, helo=helo)


def _dns_mistakes(part: _Part, answer: ProbeAnswer) -> tuple[str, ...]:
    return mistakes(part.questions, dict(zip(part.questions, answer.records, strict=True)))


def _judge_cases(part: _Part, answer: ProbeAnswer, wrong: tuple[str, ...]) -> tuple[Judgement, ...]:
    exact, handed = answer.said[::2], answer.said[1::2]
    return tuple(
        judge(case, part.seen[case.name], Proof(one, other, part.over_dns.get(case.name)), wrong)
        for case, one, other in zip(part.chapter.cases, exact, handed, strict=True)
    )
