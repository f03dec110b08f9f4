"""All that postscreen's lines say about a client, command by command."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.restrictions.postscreen import describe_tests, evaluate_postscreen
from tests.unit.postfix.restrictions.shown import command_lines
from tests.unit.postfix.restrictions.test_postscreen import met


@pytest.mark.parametrize(
    "lines, said, values, tests, commands",
    [
        ((), "", {}, [], [
            "CONNECT '' -> '' (0) at 0.00",
            "  postscreen (list)",
        ]),
        (("PASS OLD [203.0.113.10]:40001",), "", {}, [], [
            "CONNECT '' -> '' (0) at 0.00",
            "  postscreen (list) by PASS OLD",
            "    permit: postscreen[0] PASS OLD (postscreen)",
        ]),
        (("PASS NEW [203.0.113.10]:40001",), "", {}, [], [
            "CONNECT '' -> '' (0) at 0.00",
            "  postscreen (list) by PASS NEW",
            "    permit: postscreen[0] PASS NEW (postscreen)",
        ]),
        (("ALLOWLISTED [203.0.113.10]:40001",), "", {}, [], [
            "CONNECT '' -> '' (0) at 0.00",
            "  postscreen (list) by postscreen_access_list",
            "    permit: postscreen[0] postscreen_access_list (main.cf:13)",
            "        < ALLOWLISTED",
        ]),
        (("WHITELISTED [203.0.113.10]:40001",), "", {}, [], [
            "CONNECT '' -> '' (0) at 0.00",
            "  postscreen (list) by postscreen_access_list",
            "    permit: postscreen[0] postscreen_access_list (main.cf:13)",
            "        < WHITELISTED",
        ]),
        (("HANGUP after 0.1 from [203.0.113.10]:40001 in tests before SMTP handshake",), "", {}, ["postscreen: HANGUP after 0.1 in tests before SMTP handshake"], [
            "CONNECT '' -> '' (0) at 0.00",
            "  postscreen (list)",
            "    dunno: postscreen[0] HANGUP (postscreen)",
            "        < after 0.1 in tests before SMTP handshake",
        ]),
        (("PREGREET 11 after 0 from [203.0.113.10]:40001: EHLO x\\r\\n", "DNSBL rank 2 for [203.0.113.10]:40001", "NOQUEUE: reject: RCPT from [203.0.113.10]:40001: 550 5.7.1 Service unavailable; client [203.0.113.10] blocked using bl.example; from=<a@x.example>, to=<bob@lab.test>, proto=ESMTP, helo=<x>"), "550 5.7.1 Service unavailable; client [203.0.113.10] blocked using bl.example", {}, ["postscreen: PREGREET 11 after 0 EHLO x\\r\\n (postscreen_greet_action)", "postscreen: DNSBL rank 2 (postscreen_dnsbl_action)"], [
            "RCPT 'RCPT TO:<bob@lab.test>' -> '550 5.7.1 Service unavailable; client [203.0.113.10] blocked using bl.example' (550) at 0.00",
            "  postscreen (list) by postscreen_dnsbl_action enforce",
            "    dunno: postscreen[0] postscreen_greet_action enforce (main.cf:16) -0.02--0.02",
            "        < PREGREET 11 after 0 EHLO x\\r\\n",
            "        < postscreen_greet_wait = 2s (main.cf:15)",
            "    reject: postscreen[1] postscreen_dnsbl_action enforce (main.cf:19) -0.01--0.01",
            "        < DNSBL rank 2",
            "        < postscreen_dnsbl_threshold = 2 (main.cf:18)",
            "        ! reject Service unavailable; client [203.0.113.10] blocked using bl.example",
            "        postscreen_dnsbl_sites (list)",
            "          dunno: postscreen_dnsbl_sites[0] bl.example=127.0.0.[2..11]*2 (main.cf:17)",
            "          dunno: postscreen_dnsbl_sites[1] wl.example*-2 (main.cf:17)",
        ]),
        (("DNSBL rank 2 for [203.0.113.10]:40001", "PREGREET 11 after 0 from [203.0.113.10]:40001: EHLO x\\r\\n", "NOQUEUE: reject: RCPT from [203.0.113.10]:40001: 550 5.5.1 Protocol error; from=<a@x.example>, to=<bob@lab.test>, proto=ESMTP, helo=<x>"), "550 5.5.1 Protocol error", {"postscreen_dnsbl_action": "ignore"}, ["postscreen: DNSBL rank 2 (postscreen_dnsbl_action)", "postscreen: PREGREET 11 after 0 EHLO x\\r\\n (postscreen_greet_action)"], [
            "RCPT 'RCPT TO:<bob@lab.test>' -> '550 5.5.1 Protocol error' (550) at 0.00",
            "  postscreen (list) by postscreen_greet_action enforce",
            "    dunno: postscreen[0] postscreen_dnsbl_action ignore (override) -0.02--0.02",
            "        < DNSBL rank 2",
            "        < postscreen_dnsbl_threshold = 2 (main.cf:18)",
            "        postscreen_dnsbl_sites (list)",
            "          dunno: postscreen_dnsbl_sites[0] bl.example=127.0.0.[2..11]*2 (main.cf:17)",
            "          dunno: postscreen_dnsbl_sites[1] wl.example*-2 (main.cf:17)",
            "    reject: postscreen[1] postscreen_greet_action enforce (main.cf:16) -0.01--0.01",
            "        < PREGREET 11 after 0 EHLO x\\r\\n",
            "        < postscreen_greet_wait = 2s (main.cf:15)",
            "        ! reject Protocol error",
        ]),
        (("DNSBL rank 2 for [203.0.113.10]:40001", "PREGREET 11 after 0 from [203.0.113.10]:40001: EHLO x\\r\\n", "NOQUEUE: reject: RCPT from [203.0.113.10]:40001: 550 5.5.1 Protocol error; from=<a@x.example>, to=<bob@lab.test>, proto=ESMTP, helo=<x>", "NOQUEUE: reject: RCPT from [203.0.113.10]:40001: 550 5.5.1 Protocol error; from=<a@x.example>, to=<bob@lab.test>, proto=ESMTP, helo=<x>"), "550 5.5.1 Protocol error", {}, ["postscreen: DNSBL rank 2 (postscreen_dnsbl_action)", "postscreen: PREGREET 11 after 0 EHLO x\\r\\n (postscreen_greet_action)"], [
            "RCPT 'RCPT TO:<bob@lab.test>' -> '550 5.5.1 Protocol error' (550) at 0.00",
            "  postscreen (list) by postscreen_greet_action enforce",
            "    dunno: postscreen[0] postscreen_dnsbl_action enforce (main.cf:19) -0.02--0.02",
            "        < DNSBL rank 2",
            "        < postscreen_dnsbl_threshold = 2 (main.cf:18)",
            "        postscreen_dnsbl_sites (list)",
            "          dunno: postscreen_dnsbl_sites[0] bl.example=127.0.0.[2..11]*2 (main.cf:17)",
            "          dunno: postscreen_dnsbl_sites[1] wl.example*-2 (main.cf:17)",
            "    reject: postscreen[1] postscreen_greet_action enforce (main.cf:16) -0.01--0.01",
            "        < PREGREET 11 after 0 EHLO x\\r\\n",
            "        < postscreen_greet_wait = 2s (main.cf:15)",
            "        ! reject Protocol error",
            "RCPT 'RCPT TO:<bob@lab.test>' -> '550 5.5.1 Protocol error' (550) at 0.01",
            "  postscreen (list) by postscreen_greet_action enforce",
            "    dunno: postscreen[0] postscreen_dnsbl_action enforce (main.cf:19) -0.02--0.02",
            "        < DNSBL rank 2",
            "        < postscreen_dnsbl_threshold = 2 (main.cf:18)",
            "        postscreen_dnsbl_sites (list)",
            "          dunno: postscreen_dnsbl_sites[0] bl.example=127.0.0.[2..11]*2 (main.cf:17)",
            "          dunno: postscreen_dnsbl_sites[1] wl.example*-2 (main.cf:17)",
            "    reject: postscreen[1] postscreen_greet_action enforce (main.cf:16) -0.01--0.01",
            "        < PREGREET 11 after 0 EHLO x\\r\\n",
            "        < postscreen_greet_wait = 2s (main.cf:15)",
            "        ! reject Protocol error",
        ]),
        (("DENYLISTED [203.0.113.10]:40001",), "521 5.3.2 Service currently unavailable", {}, ["postscreen: DENYLISTED (postscreen_denylist_action or postscreen_blacklist_action)"], [
            "CONNECT '' -> '521 5.3.2 Service currently unavailable' (521) at 0.00",
            "  postscreen (list) by postscreen_blacklist_action drop",
            "    reject: postscreen[0] postscreen_blacklist_action drop (main.cf:14) 0.00-0.00",
            "        < DENYLISTED",
            "        < postscreen_access_list = permit_mynetworks, cidr:/etc/postfix/postscreen_access.cidr (main.cf:13)",
        ]),
        (("BLACKLISTED [203.0.113.10]:40001", "NOQUEUE: reject: RCPT from [203.0.113.10]:40001: 550 5.5.1 Protocol error; from=<a@x.example>, to=<bob@lab.test>, proto=ESMTP, helo=<x>"), "550 5.5.1 Protocol error", {"postscreen_denylist_action": "enforce", "postscreen_blacklist_action": ""}, ["postscreen: BLACKLISTED (postscreen_denylist_action or postscreen_blacklist_action)"], [
            "RCPT 'RCPT TO:<bob@lab.test>' -> '550 5.5.1 Protocol error' (550) at 0.00",
            "  postscreen (list) by postscreen_denylist_action enforce",
            "    reject: postscreen[0] postscreen_denylist_action enforce (override) -0.01--0.01",
            "        < BLACKLISTED",
            "        < postscreen_access_list = permit_mynetworks, cidr:/etc/postfix/postscreen_access.cidr (main.cf:13)",
            "        ! reject Protocol error",
        ]),
        (("PREGREET 11 after 0 from [203.0.113.10]:40001: EHLO x\\r\\n", "NON-SMTP COMMAND from [203.0.113.10]:40001 after CONNECT: GET / HTTP/1.1"), "521 5.7.0 Error: I can break rules, too. Goodbye.", {}, ["postscreen: PREGREET 11 after 0 EHLO x\\r\\n (postscreen_greet_action)", "postscreen: NON-SMTP COMMAND after CONNECT: GET / HTTP/1.1 (postscreen_non_smtp_command_action)"], [
            "OTHER '' -> '521 5.7.0 Error: I can break rules, too. Goodbye.' (521) at 0.00",
            "  postscreen (list) by postscreen_non_smtp_command_action drop",
            "    dunno: postscreen[0] postscreen_greet_action enforce (main.cf:16) -0.01--0.01",
            "        < PREGREET 11 after 0 EHLO x\\r\\n",
            "        < postscreen_greet_wait = 2s (main.cf:15)",
            "    reject: postscreen[1] postscreen_non_smtp_command_action drop (default) 0.00-0.00",
            "        < NON-SMTP COMMAND after CONNECT: GET / HTTP/1.1",
        ]),
        (("COMMAND PIPELINING from [203.0.113.10]:40001 after EHLO: MAIL", "NOQUEUE: reject: RCPT from [203.0.113.10]:40001: 550 5.5.1 Protocol error; from=<a@x.example>, to=<bob@lab.test>, proto=ESMTP, helo=<x>"), "550 5.5.1 Protocol error", {}, ["postscreen: COMMAND PIPELINING after EHLO: MAIL (postscreen_pipelining_action)"], [
            "RCPT 'RCPT TO:<bob@lab.test>' -> '550 5.5.1 Protocol error' (550) at 0.00",
            "  postscreen (list) by postscreen_pipelining_action enforce",
            "    reject: postscreen[0] postscreen_pipelining_action enforce (default) -0.01--0.01",
            "        < COMMAND PIPELINING after EHLO: MAIL",
            "        ! reject Protocol error",
        ]),
        (("BARE NEWLINE from [203.0.113.10]:40001 after EHLO", "NOQUEUE: reject: RCPT from [203.0.113.10]:40001: 450 4.3.2 Service currently unavailable; from=<a@x.example>, to=<bob@lab.test>, proto=ESMTP, helo=<x>"), "450 4.3.2 Service currently unavailable", {"postscreen_bare_newline_enable": "yes", "postscreen_pipelining_enable": "yes"}, ["postscreen: BARE NEWLINE after EHLO (postscreen_bare_newline_action)", "postscreen: a test after the greeting: who passes it has to come once more"], [
            "RCPT 'RCPT TO:<bob@lab.test>' -> '450 4.3.2 Service currently unavailable' (450) at 0.00",
            "  postscreen (list) by postscreen_pipelining_enable yes",
            "    dunno: postscreen[0] postscreen_bare_newline_action ignore (default) -0.01--0.01",
            "        < BARE NEWLINE after EHLO",
            "    defer: postscreen[1] postscreen_pipelining_enable yes (override)",
            "        < a test after the greeting: who passes it has to come once more",
            "        ! reject Service currently unavailable",
            "    dunno: postscreen[2] postscreen_bare_newline_enable yes (override)",
            "        < a test after the greeting: who passes it has to come once more",
        ]),
        (("NOQUEUE: reject: RCPT from [203.0.113.10]:40001: 450 4.3.2 Service currently unavailable; from=<a@x.example>, to=<bob@lab.test>, proto=ESMTP, helo=<x>",), "450 4.3.2 Service currently unavailable", {}, ["postscreen: a test after the greeting: who passes it has to come once more"], [
            "RCPT 'RCPT TO:<bob@lab.test>' -> '450 4.3.2 Service currently unavailable' (450) at 0.00",
            "  postscreen (list)",
            "    unknown: postscreen[0] unknown (unknown)",
        ]),
        (("NOQUEUE: reject: RCPT from [203.0.113.10]:40001: 550 5.7.1 odd; from=<a@x.example>, to=<bob@lab.test>, proto=ESMTP, helo=<x>",), "550 5.7.1 odd", {"postscreen_pipelining_enable": "yes"}, [], [
            "RCPT 'RCPT TO:<bob@lab.test>' -> '550 5.7.1 odd' (550) at 0.00",
            "  postscreen (list)",
            "    unknown: postscreen[0] unknown (unknown)",
        ]),
        (("ALLOWLIST VETO [203.0.113.10]:40001", "NOQUEUE: reject: RCPT from [203.0.113.10]:40001: 450 4.3.2 Service currently unavailable; from=<a@x.example>, to=<bob@lab.test>, proto=ESMTP, helo=<x>"), "450 4.3.2 Service currently unavailable", {}, ["postscreen: ALLOWLIST VETO", "postscreen: a test after the greeting: who passes it has to come once more"], [
            "RCPT 'RCPT TO:<bob@lab.test>' -> '450 4.3.2 Service currently unavailable' (450) at 0.00",
            "  postscreen (list) by postscreen_allowlist_interfaces",
            "    defer: postscreen[0] postscreen_allowlist_interfaces (default)",
            "        < ALLOWLIST VETO",
            "        ! reject Service currently unavailable",
        ]),
        (("WHITELIST VETO [203.0.113.10]:40001", "PASS NEW [203.0.113.10]:40001"), "", {}, ["postscreen: WHITELIST VETO"], [
            "CONNECT '' -> '' (0) at 0.00",
            "  postscreen (list) by PASS NEW",
            "    dunno: postscreen[0] postscreen_allowlist_interfaces (default)",
            "        < WHITELIST VETO",
            "    permit: postscreen[1] PASS NEW (postscreen)",
        ]),
        (("NOQUEUE: reject: CONNECT from [203.0.113.10]:40001: all server ports busy",), "421 4.3.2 All server ports are busy", {}, [], [
            "CONNECT '' -> '421 4.3.2 All server ports are busy' (421) at 0.00",
            "  postscreen (list) by postscreen_post_queue_limit",
            "    defer: postscreen[0] postscreen_post_queue_limit (default) began",
            "        < all server ports busy",
        ]),
        (("NOQUEUE: reject: CONNECT from [203.0.113.10]:40001: too many connections",), "", {}, [], [
            "CONNECT '' -> '' (0) at 0.00",
            "  postscreen (list) by postscreen_client_connection_count_limit",
            "    reject: postscreen[0] postscreen_client_connection_count_limit (default) began",
            "        < too many connections",
        ]),
        (("PREGREET 11 after 0 from [203.0.113.10]:40001: EHLO x\\r\\n", "NOQUEUE: reject: CONNECT from [203.0.113.10]:40001: all server ports busy"), "421 4.3.2 All server ports are busy", {}, ["postscreen: PREGREET 11 after 0 EHLO x\\r\\n (postscreen_greet_action)"], [
            "CONNECT '' -> '421 4.3.2 All server ports are busy' (421) at 0.00",
            "  postscreen (list) by postscreen_post_queue_limit",
            "    dunno: postscreen[0] postscreen_greet_action enforce (main.cf:16) -0.01--0.01",
            "        < PREGREET 11 after 0 EHLO x\\r\\n",
            "        < postscreen_greet_wait = 2s (main.cf:15)",
            "    defer: postscreen[1] postscreen_post_queue_limit (default) began",
            "        < all server ports busy",
        ]),
        (("DNSBL rank 2 for [203.0.113.10]:40001", "PREGREET 4 after 0 from [203.0.113.99]:1: x", "PREGREET 4 after 0 from [203.0.113.10]:9: x"), "", {"postscreen_dnsbl_action": "drop"}, ["postscreen: DNSBL rank 2 (postscreen_dnsbl_action)"], [
            "CONNECT '' -> '' (0) at 0.00",
            "  postscreen (list) by postscreen_dnsbl_action drop",
            "    reject: postscreen[0] postscreen_dnsbl_action drop (override) 0.00-0.00",
            "        < DNSBL rank 2",
            "        < postscreen_dnsbl_threshold = 2 (main.cf:18)",
            "        postscreen_dnsbl_sites (list)",
            "          dunno: postscreen_dnsbl_sites[0] bl.example=127.0.0.[2..11]*2 (main.cf:17)",
            "          dunno: postscreen_dnsbl_sites[1] wl.example*-2 (main.cf:17)",
        ]),
    ],
)  # fmt: skip
def test_all_that_postscreen_says(lines: tuple[str, ...], said: str, values: dict[str, str], tests: list[str], commands: list[str]) -> None:
    """The commands that it refused with every test up to then, and the tests in words."""
    seen = met(*lines, said=said, **values)
    assert seen.configured is not None
    assert command_lines(evaluate_postscreen(seen.log, seen.configured, seen.sessions[0])) == commands
    assert list(describe_tests(seen.log, seen.sessions[0])) == tests
