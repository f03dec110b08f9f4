"""Whether a case has the result that the suite wants, and the cause if it has not. Pure.

The cause is never guessed. pyspf is asked again in the mail host itself, in three ways (`Proof`), and every answer of
the lab's DNS is compared with the suite's driver; the cause follows from the answers:

- *SMTP*: smtpd refused the envelope permanently or passed on another one, so that the case was never judged.
- *pyspf*: over the suite's driver, pyspf alone has the actual result.
- *policyd-spf*: it died, as its traceback in the log shows; or pyspf is right about the case over the driver, but
  has the actual result when it is asked as policyd-spf asks it (in lower case, within `Lookup_Time`).
- *DNS library*: over the driver pyspf is right; with its DNS library and the lab's DNS it has the actual result,
  though the DNS gave the driver's answers.
- *ours*: none of these, or the lab's DNS gave other answers. That is a bug of the lab.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from postfix_lab.conformance.case_result import CaseResult
from postfix_lab.conformance.suite import Case
from postfix_lab.text import printable


class Agreement(StrEnum):
    """How the actual result compares with what the suite wants."""

    AGREES = "agrees"
    ALTERNATIVE = "agrees with an accepted alternative"
    DIFFERS = "differs"


class Cause(StrEnum):
    """The component that causes a difference."""

    SMTP = "SMTP"
    PYSPF = "pyspf"
    POLICYD_SPF = "policyd-spf"
    LIBRARY = "DNS library"
    OURS = "ours"


@dataclass(frozen=True)
class SpfStatement:
    """The answer of pyspf in the mail host: a result, or `exception`; and its text."""

    result: str
    text: str = ""

    def is_that(self, seen: CaseResult) -> bool:
        """Whether it equals the actual result; after an exception policyd-spf has no result."""
        if self.result == "exception":
            return not seen.result
        return self.result == seen.result and (seen.explanation is None or self.text == seen.explanation)


@dataclass(frozen=True)
class Proof:
    """The answers of pyspf about a case, under the mail host's Python."""

    driver: SpfStatement
    """The case as the suite has it, over the suite's driver."""
    handed: SpfStatement
    """As policyd-spf asks, over the driver."""
    dns: SpfStatement | None = None
    """The case as the suite has it, over its DNS library and the lab's DNS; only for differences."""


@dataclass(frozen=True)
class Judgement:
    """One case on one mail host."""

    case: Case
    seen: CaseResult
    status: Agreement
    cause: Cause | None = None
    shown: str = ""
    """The evidence for the cause."""

    @property
    def actual(self) -> str:
        """The actual result in a few words."""
        explanation = self.seen.explanation if self.case.explanation else None
        return describe_result(self.seen.result or "no result", explanation)

    @property
    def expected(self) -> str:
        """What the suite accepts, in a few words."""
        return describe_result(" or ".join(self.case.results), self.case.explanation)


def describe_result(result: str, explanation: str | None) -> str:
    """Return a result, with its explanation for *fail*."""
    return f'{result} "{printable(explanation)}"' if explanation else result


def compare(case: Case, seen: CaseResult) -> Agreement:
    """Compare the actual with the wanted result, and the explanation if the case gives one."""
    right_text = case.explanation is None or seen.explanation == case.explanation
    if not right_text or seen.result not in case.results or not is_case_identity(case, seen):
        return Agreement.DIFFERS
    return Agreement.AGREES if seen.result == case.results[0] else Agreement.ALTERNATIVE


def is_case_identity(case: Case, seen: CaseResult) -> bool:
    """Whether policyd-spf judged the identity of the case; it has it in lower case."""
    wanted = case.mailfrom if case.identity == "mailfrom" else case.helo
    return seen.identity == case.identity and seen.who is not None and seen.who.lower() == wanted.lower()


def judge(case: Case, seen: CaseResult, proof: Proof, wrong: tuple[str, ...] = ()) -> Judgement:
    """Judge a case; `wrong` has the answers of the lab's DNS that differ from the suite's driver."""
    status = compare(case, seen)
    if status is not Agreement.DIFFERS:
        return Judgement(case, seen, status)
    return Judgement(case, seen, status, *_cause(case, seen, proof, wrong))


def _cause(case: Case, seen: CaseResult, proof: Proof, wrong: tuple[str, ...]) -> tuple[Cause, str]:
    if wrong:
        return Cause.OURS, f"the lab's DNS told otherwise than the suite's driver: {wrong[0]}"
    if seen.permanent:
        return Cause.SMTP, seen.reply
    if seen.crash:
        return Cause.POLICYD_SPF, f"it ended with {seen.crash}; {seen.reply.rpartition(' -> ')[2]}"
    if seen.who is not None and not is_case_identity(case, seen):
        return Cause.SMTP, f"smtpd handed on <{seen.who}>"
    return _cause_from_proof(case, seen, proof)


def _cause_from_proof(case: Case, seen: CaseResult, proof: Proof) -> tuple[Cause, str]:
    driver, handed, dns = proof.driver, proof.handed, proof.dns
    right = driver.result in case.results and (case.explanation is None or driver.text == case.explanation)
    truth = f"over the suite's driver: {_words(driver)}"
    if not right and driver.is_that(seen):
        return Cause.PYSPF, f"pyspf {truth}"
    if right and handed != driver and handed.is_that(seen):
        return Cause.POLICYD_SPF, f"pyspf asked in lower case: {_words(handed)}; as the suite asks: {_words(driver)}"
    if right and dns is not None and dns.is_that(seen):
        return Cause.LIBRARY, f"pyspf with its DNS library: {_words(dns)}; {truth}"
    words = f"in lower case {_words(handed)}, with its DNS library {_words(dns) if dns else 'not asked'}"
    return Cause.OURS, f"nothing explains it: pyspf {truth}, {words}; seen: {seen.reply}"


def _words(said: SpfStatement) -> str:
    return describe_result(said.result, said.text)
