"""What the DNS said in a session about the names that a refusal speaks of, or that nobody asked it. Pure.

A failure is no answer: SERVFAIL, REFUSED or silence never become "has no address". A list that answers with an address
of 127.255.255.0/24 lists nobody: it refuses the resolver that asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING

from postfix_lab.dns.query import bare_answer, query_line
from postfix_lab.postfix.log.events import NumericHostname

if TYPE_CHECKING:
    from postfix_lab.dns.query import Query
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.smtp.transcript import Transcript

_ANSWERED = ("NOERROR", "NODATA", "NXDOMAIN")
_NO_ANSWER = {
    "TIMEOUT": "no answer at all",
    "UNREACHABLE": "no answer at all, as nobody could be reached",
    "UNRELATED": "an answer to another question",
    "MALFORMED": "an answer that cannot be read",
}
_REFUSALS = "127.255.255."
"""The addresses with which a DNS list says that it refuses the resolver, or the question."""
_REFUSED = {
    "127.255.255.252": "the name of the list is misspelled",
    "127.255.255.254": "the question came by a public resolver",
    "127.255.255.255": "there were too many questions",
}
_NOBODY = (
    "no DNS question was asked about {}, so this says nothing about it: "
    "the mail host could not ask, or it remembered an answer"
)
_REMEMBERED = (
    "no DNS list was asked in this session: smtpd remembers what a list said for the life of its process, "
    "postscreen until the answer expires"
)
_NO_LOOKUP = "no DNS question was asked about the client's address, since smtpd_peername_lookup = no"


class SessionDns:
    """The DNS questions that were asked while one session lasted, with those of the sessions beside it."""

    def __init__(self, evidence: Evidence, transcript: Transcript) -> None:
        self._evidence, self._transcript = evidence, transcript
        start, end = transcript.started, transcript.finished or float("inf")
        self.queries = tuple(query for query in evidence.queries if start <= query.at <= end)
        self._reverse = ip_address(transcript.client).reverse_pointer

    def about(self, name: str, *types: str) -> tuple[Query, ...]:
        """Return the questions about a name, of these types if any are given."""
        wanted = name.rstrip(".").lower()
        return tuple(query for query in self.queries if query.name == wanted and (not types or query.type in types))

    def reverse_name(self) -> Iterator[str]:
        """Yield why the client has no name by its address: no PTR record, no answer, or nobody asked."""
        asked = self.about(self._reverse, "PTR")
        if not asked:
            yield self._nobody_asked_for_client()
            return
        yield _failure("the client's address", asked) or "the client's address has no PTR record"
        yield from _said(asked)

    def client_name(self) -> Iterator[str]:
        """Yield why no name of the client leads back to its address."""
        asked = self.about(self._reverse, "PTR")
        names = [bare_answer(answer, "PTR").lower() for query in asked for answer in query.answers]
        if not names:
            yield from self.reverse_name()
            return
        yield from self.numeric_name()
        forward = tuple(query for name in names for query in self.about(name, "A", "AAAA"))
        if not forward and not any(self._numeric()):
            yield _NOBODY.format(f"the client's name {', '.join(names)}")
        else:
            failed = _failure(f"the client's name {', '.join(names)}", forward)
            yield failed or "no name of the client leads back to its address"
        yield from _said((*asked, *forward))

    def numeric_name(self) -> Iterator[str]:
        """Yield that the client's PTR record names an address, if smtpd warned of one."""
        for name in self._numeric():
            yield f"the client's PTR record has an address as name ({name}), which Postfix takes for none"

    def domain(self, what: str, name: str) -> Iterator[str]:
        """Yield what the DNS said about a domain that was found to be unknown."""
        asked = self.about(name, "MX", "A", "AAAA")
        if not asked:
            yield _NOBODY.format(what)
            return
        yield _failure(what, asked) or _without_address(what, asked)
        yield from _said(asked)

    def listed(self, names: Iterable[str]) -> Iterator[str]:
        """Yield what the DNS lists said in this session about the client's address and these names."""
        heads = [self._reverse.rsplit(".", 2)[0], *(name.rstrip(".").lower() for name in names if name)]
        found = [
            query for query in self.queries
            if query.type == "A" and any(query.name.startswith(f"{head}.") for head in heads)
            and any(bare_answer(answer, "A").startswith("127.") for answer in query.answers)
        ]  # fmt: skip
        if not found:
            yield _REMEMBERED
        for query in found:
            yield from self._listing(query, heads)

    def _listing(self, query: Query, heads: Sequence[str]) -> Iterator[str]:
        head = next(head for head in heads if query.name.startswith(f"{head}."))
        site = query.name.removeprefix(f"{head}.")
        told = [bare_answer(answer, "A") for answer in query.answers]
        refusals = [answer for answer in told if answer.startswith(_REFUSALS)]
        if refusals:
            why = _REFUSED.get(refusals[0], "an error of the list")
            yield f"the list {site} refuses this resolver ({refusals[0]}: {why}), so this says nothing about the client"
        else:
            yield f"the DNS list {site} has {'the client' if head == heads[0] else head}"
        yield f"the DNS said: {query_line(query)}"

    def _numeric(self) -> Iterator[str]:
        for line in self._evidence.log:
            if isinstance(line.event, NumericHostname):
                yield line.event.hostname

    def _nobody_asked_for_client(self) -> str:
        off = any(line.replace(" ", "") == "smtpd_peername_lookup=no" for line in self._evidence.postconf.splitlines())
        chroot = self._evidence.mail_host.chroot
        return _NO_LOOKUP if off else f"{_NOBODY.format('the client')} (chroot {chroot})"


def _failure(what: str, asked: Iterable[Query]) -> str:
    """The sentence that the DNS failed, if a question was not answered; else empty."""
    failed = [query for query in asked if query.outcome not in _ANSWERED]
    if not failed:
        return ""
    outcome = failed[0].outcome
    return f"the DNS failed: to the question about {what} came {_NO_ANSWER.get(outcome, outcome)}"


def _without_address(what: str, asked: Sequence[Query]) -> str:
    answers = [bare_answer(answer, "MX") for query in asked if query.type == "MX" for answer in query.answers]
    if any(answer.strip(" .") == "0" for answer in answers):
        return f"{what} says by a null MX that it takes no mail"
    if any(query.answers for query in asked):
        return f"{what} has no mail server that can be used"
    return f"{what} has no address and no MX record"


def _said(asked: Iterable[Query]) -> Iterator[str]:
    return (f"the DNS said: {query_line(query)}" for query in asked)
