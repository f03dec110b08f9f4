"""All that the checks of delivered messages find, in both directions."""

from __future__ import annotations

import pytest

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.answer import Answer, Answered
from postfix_lab.smtp.behaviour import Behaviour
from postfix_lab.verdict.checks import (
    Check,
    bounced,
    delivered,
    header,
    no_received_spf,
    not_delivered,
    peer_received,
    received_spf,
    spf_result,
)
from postfix_lab.verdict.checks.mail import answers_given
from tests.unit.evidence_builder import (
    CLIENT,
    CONTENT,
    GOOD_LOG,
    SINK,
    evidence,
    log_of,
    message,
    query,
    refused_at_rcpt,
)
from tests.unit.verdict.checks.findings import Told, told

PEER = "198.51.100.25"
BOUNCED = "smtp: 4ABCD12345: to=<x@far.example>, relay=none, delay=0, delays=0/0/0/0, dsn=5.1.1, status=bounced (no)"
GOOD = evidence()
NOTHING = evidence(messages=())
SILENT = evidence(sessions=(), messages=())
REFUSED = refused_at_rcpt()
TWO = evidence(messages=(message(), message(recipients=("carol@lab.test", "bob@lab.test"))))
THREE = evidence(messages=(message(), message(), message(server="192.0.2.98")))
BARE = evidence(messages=(message(content="Subject: lab\r\nX-A: 1\r\nX-A: 2\r\n 3\x1b\r\n\r\nReceived-SPF: pass\r\n"),))
THERE = evidence(messages=(message(), message(server=PEER, protocol="ESMTP", sender="", recipients=("a@b.example", "c@d.example"), content=CONTENT),
                           message(server=PEER, protocol="ESMTP", sender="z@b.example", recipients=("y@b.example",), content="Subject: x\r\n\r\n")))  # fmt: skip
GAVE_UP = evidence(log=log_of(*GOOD_LOG, BOUNCED))


def gave(number: int, server: str = PEER) -> Answered:
    return Answered(0.0, server, "192.0.2.21", "RCPT", "x", number)


def spf_log(*lines: str, **more: object) -> Evidence:
    """Evidence without a message, with these lines of policyd-spf."""
    return evidence(log=log_of(*(line for line in GOOD_LOG if "policyd-spf" not in line), *lines), messages=(), **more)


FAILS = "policyd-spf: : 550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see http://x identity=mailfrom"
HELO_PASSES = "policyd-spf: : prepend Received-SPF: Pass (helo) identity=helo; client-ip=203.0.113.10; helo=x.example; envelope-from=a@b.example; receiver=lab.test"
SOFT = "policyd-spf: : prepend Received-SPF: Softfail (mailfrom) identity=mailfrom; client-ip=203.0.113.10; helo=x.example; envelope-from=a@b.example; receiver=lab.test"
SKIPPED = "policyd-spf: : prepend X-Comment: SPF check N/A for local connections - client-ip=203.0.113.10; helo=x; envelope-from=a@b; receiver=c "
FAR = Host((PEER, "198.51.100.27"), name="mx.far.example", mta=Behaviour(answers=(Answer("RCPT", "450 4.2.0 later"), Answer("RCPT", "250 2.0.0 Ok"))))
QUIET = Host("198.51.100.26", name="quiet.example")


CASES = [
    (delivered(), GOOD,
     ("pass", "1 message reached the sink", "1 message reached the sink", "192.0.2.99 bob@lab.test")),
    (delivered(), NOTHING,
     ("fail", "1 message reached the sink", "nothing reached the sink; MESSAGE accepted with 250 2.0.0", None)),
    (delivered(), SILENT,
     ("fail", "1 message reached the sink", "nothing reached the sink", None)),
    (delivered(), REFUSED,
     ("fail", "1 message reached the sink", "nothing reached the sink; RCPT refused with 450 4.7.25", None)),
    (delivered(), TWO,
     ("fail", "1 message reached the sink", "2 messages reached the sink", "192.0.2.99 carol@lab.test")),
    (delivered(), THREE,
     ("fail", "1 message reached the sink", "3 messages reached the sink", "192.0.2.98 bob@lab.test")),
    (delivered(0), NOTHING,
     ("pass", "nothing reached the sink", "nothing reached the sink; MESSAGE accepted with 250 2.0.0", None)),
    (delivered(0), GOOD,
     ("fail", "nothing reached the sink", "1 copy reached the sink", "192.0.2.99 bob@lab.test")),
    (delivered(3), TWO,
     ("pass", "3 copies reached the sink", "3 copies reached the sink", "192.0.2.99 carol@lab.test")),
    (delivered(3), THREE,
     ("pass", "3 copies reached the sink", "3 copies reached the sink", "192.0.2.98 bob@lab.test")),
    (delivered(to="carol@lab.test"), TWO,
     ("pass", "1 message reached the sink for carol@lab.test", "1 message reached the sink", "192.0.2.99 carol@lab.test")),
    (delivered(2, to="bob@lab.test"), TWO,
     ("pass", "2 copies reached the sink for bob@lab.test", "2 copies reached the sink", "192.0.2.99 carol@lab.test")),
    (delivered(to="eve@lab.test"), GOOD,
     ("fail", "1 message reached the sink for eve@lab.test", "nothing reached the sink; MESSAGE accepted with 250 2.0.0", None)),
    (delivered(to="eve@lab.test"), REFUSED,
     ("fail", "1 message reached the sink for eve@lab.test", "nothing reached the sink; RCPT refused with 450 4.7.25", None)),
    (not_delivered(), GOOD,
     ("fail", "nothing reached the sink", "1 message reached the sink", "192.0.2.99 bob@lab.test")),
    (not_delivered(), NOTHING,
     ("pass", "nothing reached the sink", "nothing reached the sink", None)),
    (not_delivered(), TWO,
     ("fail", "nothing reached the sink", "2 messages reached the sink", "192.0.2.99 bob@lab.test")),
    (received_spf("pass"), GOOD,
     ("pass", "Received-SPF: Pass", "Received-SPF: Pass", "192.0.2.99 bob@lab.test")),
    (received_spf("FAIL"), GOOD,
     ("fail", "Received-SPF: Fail", "Received-SPF: Pass", "192.0.2.99 bob@lab.test")),
    (received_spf("pass"), REFUSED,
     ("fail", "Received-SPF: Pass", "nothing reached the sink; RCPT refused with 450 4.7.25", None)),
    (received_spf("pass"), BARE,
     ("fail", "Received-SPF: Pass", "no Received-SPF header", "192.0.2.99 bob@lab.test")),
    (received_spf("pass", client_ip=CLIENT, helo="MAIL.good.example"), GOOD,
     ("pass", "Received-SPF: Pass client-ip=203.0.113.10; helo=MAIL.good.example", "Received-SPF: Pass client-ip=203.0.113.10; helo=mail.good.example", "192.0.2.99 bob@lab.test")),
    (received_spf("pass", client_ip="203.0.113.11", helo="mail.good.example"), GOOD,
     ("fail", "Received-SPF: Pass client-ip=203.0.113.11; helo=mail.good.example", "Received-SPF: Pass client-ip=203.0.113.10; helo=mail.good.example", "192.0.2.99 bob@lab.test")),
    (received_spf("pass", comment="mail"), GOOD,
     ("pass", "Received-SPF: Pass comment=mail", "Received-SPF: Pass comment=mailfrom", "192.0.2.99 bob@lab.test")),
    (received_spf("pass", comment="elsewhere"), GOOD,
     ("fail", "Received-SPF: Pass comment=elsewhere", "Received-SPF: Pass comment=mailfrom", "192.0.2.99 bob@lab.test")),
    (received_spf("fail", identity="mailfrom"), GOOD,
     ("fail", "Received-SPF: Fail identity=mailfrom", "Received-SPF: Pass identity=mailfrom", "192.0.2.99 bob@lab.test")),
    (spf_result("pass"), GOOD,
     ("pass", "SPF pass", "SPF pass", "192.0.2.99 bob@lab.test")),
    (spf_result("fail", "unchecked"), GOOD,
     ("fail", "SPF fail or unchecked", "SPF pass", "192.0.2.99 bob@lab.test")),
    (spf_result("unchecked"), NOTHING,
     ("fail", "SPF unchecked", "SPF pass", ": prepend Received-SPF: Pass (mailfrom) identity=mailfrom; c")),
    (spf_result("pass"), spf_log(),
     ("fail", "SPF pass", "SPF not checked; MESSAGE accepted with 250 2.0.0", None)),
    (spf_result("Fail", "pass"), spf_log(FAILS),
     ("pass", "SPF fail or pass", "SPF fail", ": 550 5.7.23 Message rejected due to: SPF fail - not authori")),
    (spf_result("softfail"), spf_log(SOFT, HELO_PASSES),
     ("pass", "SPF softfail", "SPF softfail", ": prepend Received-SPF: Softfail (mailfrom) identity=mailfro")),
    (spf_result("pass"), spf_log(HELO_PASSES),
     ("pass", "SPF pass", "SPF pass", ": prepend Received-SPF: Pass (helo) identity=helo; client-ip")),
    (spf_result("pass"), spf_log(HELO_PASSES, SOFT),
     ("fail", "SPF pass", "SPF softfail", ": prepend Received-SPF: Softfail (mailfrom) identity=mailfro")),
    (spf_result("pass"), spf_log(SOFT, SOFT.replace("Softfail", "Neutral")),
     ("fail", "SPF pass", "SPF neutral", ": prepend Received-SPF: Neutral (mailfrom) identity=mailfrom")),
    (spf_result("unchecked"), spf_log(SKIPPED),
     ("pass", "SPF unchecked", "SPF not checked: SPF check N/A for local connections; MESSAGE accepted with 250 2.0.0", None)),
    (spf_result("unchecked"), spf_log(queries=(query("MAIL.good.example", "TXT"),)),
     ("pass", "SPF unchecked", "SPF not checked; MESSAGE accepted with 250 2.0.0", None)),
    (spf_result("unchecked"), spf_log(queries=(query("mail.good.example", "TXT"),)),
     ("pass", "SPF unchecked", "SPF record asked for, and no result told; MESSAGE accepted with 250 2.0.0", None)),
    (spf_result("unchecked"), spf_log(queries=(query("good.example", "SPF"),)),
     ("pass", "SPF unchecked", "SPF record asked for, and no result told; MESSAGE accepted with 250 2.0.0", None)),
    (spf_result("unchecked"), spf_log(queries=(query("good.example", "A"),)),
     ("pass", "SPF unchecked", "SPF not checked; MESSAGE accepted with 250 2.0.0", None)),
    (spf_result("unchecked"), spf_log(queries=(query("lab.test", "TXT"),)),
     ("pass", "SPF unchecked", "SPF not checked; MESSAGE accepted with 250 2.0.0", None)),
    (spf_result("pass"), REFUSED,
     ("fail", "SPF pass", "SPF not checked; RCPT refused with 450 4.7.25", None)),
    (no_received_spf(), GOOD,
     ("fail", "delivered without a Received-SPF header", "Received-SPF: pass", "192.0.2.99 bob@lab.test")),
    (no_received_spf(), BARE,
     ("pass", "delivered without a Received-SPF header", "no Received-SPF header", "192.0.2.99 bob@lab.test")),
    (no_received_spf(), REFUSED,
     ("fail", "delivered without a Received-SPF header", "nothing reached the sink; RCPT refused with 450 4.7.25", None)),
    (header("Subject"), GOOD,
     ("pass", "header Subject", "Subject: lab", "192.0.2.99 bob@lab.test")),
    (header("subject", "^l.b$"), GOOD,
     ("pass", "header subject: ^l.b$", "subject: lab", "192.0.2.99 bob@lab.test")),
    (header("Subject", "spam"), GOOD,
     ("fail", "header Subject: spam", "Subject: lab", "192.0.2.99 bob@lab.test")),
    (header("X-A", "2 3"), BARE,
     ("pass", "header X-A: 2 3", "X-A: 1; X-A: 2 3\\x1b", "192.0.2.99 bob@lab.test")),
    (header("X-A", "4"), BARE,
     ("fail", "header X-A: 4", "X-A: 1; X-A: 2 3\\x1b", "192.0.2.99 bob@lab.test")),
    (header("Received-SPF"), BARE,
     ("fail", "header Received-SPF", "no Received-SPF header", "192.0.2.99 bob@lab.test")),
    (header("Subject"), REFUSED,
     ("fail", "header Subject", "nothing reached the sink; RCPT refused with 450 4.7.25", None)),
    (peer_received(PEER), THERE,
     ("pass", "198.51.100.25 got a message", "198.51.100.25 got a message from <> to <a@b.example>, <c@d.example>", "198.51.100.25 a@b.example")),
    (peer_received(SINK), THERE,
     ("fail", "192.0.2.99 got a message", "192.0.2.99 got no message; MESSAGE accepted with 250 2.0.0", None)),
    (peer_received(PEER), GOOD,
     ("fail", "198.51.100.25 got a message", "198.51.100.25 got no message; MESSAGE accepted with 250 2.0.0", None)),
    (peer_received(PEER), REFUSED,
     ("fail", "198.51.100.25 got a message", "198.51.100.25 got no message; RCPT refused with 450 4.7.25", None)),
    (peer_received(PEER, sender=""), THERE,
     ("pass", "198.51.100.25 got a message from <>", "198.51.100.25 got a message from <> to <a@b.example>, <c@d.example>", "198.51.100.25 a@b.example")),
    (peer_received(PEER, sender="z@b.example", to="y@b.example", text="Subject: x"), THERE,
     ("pass", '198.51.100.25 got a message from <z@b.example> to <y@b.example> with "Subject: x"', "198.51.100.25 got a message from <z@b.example> to <y@b.example>", "198.51.100.25 y@b.example")),
    (peer_received(PEER, to="c@d.example"), THERE,
     ("pass", "198.51.100.25 got a message to <c@d.example>", "198.51.100.25 got a message from <> to <a@b.example>, <c@d.example>", "198.51.100.25 a@b.example")),
    (peer_received(PEER, to="q@d.example"), THERE,
     ("fail", "198.51.100.25 got a message to <q@d.example>", "198.51.100.25 got a message from <z@b.example> to <y@b.example>", "198.51.100.25 y@b.example")),
    (peer_received(PEER, text="Hello"), THERE,
     ("pass", '198.51.100.25 got a message with "Hello"', "198.51.100.25 got a message from <> to <a@b.example>, <c@d.example>", "198.51.100.25 a@b.example")),
    (peer_received(PEER, sender="q@b.example"), THERE,
     ("fail", "198.51.100.25 got a message from <q@b.example>", "198.51.100.25 got a message from <z@b.example> to <y@b.example>", "198.51.100.25 y@b.example")),
    (peer_received(PEER, text="Goodbye"), THERE,
     ("fail", '198.51.100.25 got a message with "Goodbye"', "198.51.100.25 got a message from <z@b.example> to <y@b.example>", "198.51.100.25 y@b.example")),
    (bounced(), GAVE_UP,
     ("pass", "the message bounced", "4ABCD12345: to=<x@far.example>, relay=none, delay=0, delays=0/0/0/0, dsn=5.1.1, status=bounced (no)", "4ABCD12345: to=<x@far.example>, relay=none, delay=0, delays=")),
    (bounced(), GOOD,
     ("fail", "the message bounced", "4ABCD12345: to=<bob@lab.test>, relay=192.0.2.99[192.0.2.99]:24, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)", "4ABCD12345: to=<bob@lab.test>, relay=192.0.2.99[192.0.2.99]:")),
    (bounced(), REFUSED,
     ("fail", "the message bounced", "no delivery was logged", None)),
    (bounced("x@far.example"), GAVE_UP,
     ("pass", "mail to x@far.example bounced", "4ABCD12345: to=<x@far.example>, relay=none, delay=0, delays=0/0/0/0, dsn=5.1.1, status=bounced (no)", "4ABCD12345: to=<x@far.example>, relay=none, delay=0, delays=")),
    (bounced("y@far.example"), GAVE_UP,
     ("fail", "mail to y@far.example bounced", "4ABCD12345: to=<bob@lab.test>, relay=192.0.2.99[192.0.2.99]:24, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)", "4ABCD12345: to=<bob@lab.test>, relay=192.0.2.99[192.0.2.99]:")),
    (answers_given(QUIET), GOOD,
     ("pass", "every declared answer of an MTA is given", "all were", None)),
    (answers_given(QUIET, FAR), GOOD,
     ("unknown", "every declared answer of an MTA is given", "mx.far.example never came to say RCPT: 450 4.2.0 later", None)),
    (answers_given(FAR), evidence(answered=(gave(0),)),
     ("unknown", "every declared answer of an MTA is given", "mx.far.example never came to say RCPT: 250 2.0.0 Ok", None)),
    (answers_given(FAR), evidence(answered=(gave(0), gave(1, "198.51.100.27"))),
     ("pass", "every declared answer of an MTA is given", "all were", None)),
    (answers_given(FAR), evidence(answered=(gave(0), gave(1, "198.51.100.28"))),
     ("unknown", "every declared answer of an MTA is given", "mx.far.example never came to say RCPT: 250 2.0.0 Ok", None)),
]  # fmt: skip


@pytest.mark.parametrize("check, seen, finding", CASES)
def test_all_that_is_found(check: Check, seen: Evidence, finding: Told) -> None:
    """Status, what was wanted, what was seen, and the piece of evidence that shows it."""
    assert told(check, seen) == finding
