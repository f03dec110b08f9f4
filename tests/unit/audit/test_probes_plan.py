"""Whole plans: each trial with its address, port, TLS and words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.audit.shown import plan_lines
from tests.unit.audit.test_probes import planned


@pytest.mark.parametrize(
    "main, master, mynetworks, lines",
    [
        ("", "", "", [
            "open smtp 198.51.97.130->25 -: EHLO mail.canary.example",
            "canary smtp 198.51.100.125->25 ann@canary.example: EHLO mail.canary.example / MAIL FROM:<ann@canary.example> / RCPT TO:<postmaster@shop.example> / DATA / MESSAGE",
            "canary smtp 2001:db8:100::125->25 ann@canary.example: EHLO mail.canary.example / MAIL FROM:<ann@canary.example> / RCPT TO:<postmaster@shop.example> / DATA / MESSAGE",
            "relay smtp 198.51.100.130->25 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::82->25 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 198.51.100.131->25 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::83->25 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway smtp 192.0.2.1->25 eve@stranger.example: EHLO host-192-0-2-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "touched public/cleanup private/lmtp",
            "limit 2.0",
        ]),
        ("inet_protocols = ipv4\n", "587 inet n - y - - smtpd\n", "10.0.0.0/8 10.1.2.3/32 10.9.0.0/30 10.9.0.0/31", [
            "open smtp 198.51.97.130->25 -: EHLO mail.canary.example",
            "open 587 198.51.97.131->587 -: EHLO mail.canary.example",
            "canary smtp 198.51.100.125->25 ann@canary.example: EHLO mail.canary.example / MAIL FROM:<ann@canary.example> / RCPT TO:<postmaster@shop.example> / DATA / MESSAGE",
            "relay smtp 198.51.100.130->25 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 198.51.100.131->25 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway smtp 192.0.2.1->25 eve@stranger.example: EHLO host-192-0-2-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway smtp 10.0.0.1->25 eve@stranger.example: EHLO host-10-0-0-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway smtp 10.9.0.1->25 eve@stranger.example: EHLO host-10-9-0-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay 587 198.51.100.132->587 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay 587 198.51.100.133->587 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway 587 192.0.2.1->587 eve@stranger.example: EHLO host-192-0-2-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway 587 10.0.0.1->587 eve@stranger.example: EHLO host-10-0-0-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway 587 10.9.0.1->587 eve@stranger.example: EHLO host-10-9-0-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "touched public/cleanup private/lmtp",
            "limit 2.0",
        ]),
        ("inet_protocols = ipv6\n", "127.0.0.1:26 inet n - y - - smtpd\n", "[fd00:1::]/64 [fd00:2::]/127", [
            "open smtp 2001:db8:97::82->25 -: EHLO mail.canary.example",
            "open 127.0.0.1:26 2001:db8:100::125->61000 unlogged -: EHLO mail.canary.example",
            "canary smtp 2001:db8:100::125->25 ann@canary.example: EHLO mail.canary.example / MAIL FROM:<ann@canary.example> / RCPT TO:<postmaster@shop.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::82->25 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::83->25 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway smtp fd00:1::1->25 eve@stranger.example: EHLO host-fd00-1--1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "wire relay inet::61000 -> 127.0.0.1:26",
            "touched public/cleanup private/lmtp",
            "limit 2.0",
        ]),
        ("inet_protocols = ipv4, ipv6\n", "192.0.2.25:587 inet n - y - - smtpd\n  -o smtpd_tls_wrappermode=yes\n[2001:db8:2::25]:588 inet n - y - - smtpd\n  -o smtpd_tls_security_level=encrypt\n[::1]:27 inet n - y - - smtpd\n", "", [
            "open smtp 198.51.97.130->25 -: EHLO mail.canary.example",
            "open 192.0.2.25:587 198.51.97.131->587 tls -: EHLO mail.canary.example",
            "open [2001:db8:2::25]:588 2001:db8:97::84->588 -: EHLO mail.canary.example / STARTTLS / EHLO mail.canary.example",
            "open [::1]:27 198.51.100.125->61000 unlogged -: EHLO mail.canary.example",
            "canary smtp 198.51.100.125->25 ann@canary.example: EHLO mail.canary.example / MAIL FROM:<ann@canary.example> / RCPT TO:<postmaster@shop.example> / DATA / MESSAGE",
            "canary smtp 2001:db8:100::125->25 ann@canary.example: EHLO mail.canary.example / MAIL FROM:<ann@canary.example> / RCPT TO:<postmaster@shop.example> / DATA / MESSAGE",
            "relay smtp 198.51.100.130->25 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::82->25 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 198.51.100.131->25 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::83->25 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway smtp 192.0.2.1->25 eve@stranger.example: EHLO host-192-0-2-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay 192.0.2.25:587 198.51.100.132->587 tls eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay 192.0.2.25:587 198.51.100.133->587 tls postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway 192.0.2.25:587 192.0.2.1->587 tls eve@stranger.example: EHLO host-192-0-2-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay [2001:db8:2::25]:588 2001:db8:100::86->588 eve@stranger.example: EHLO mail.stranger.example / STARTTLS / EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay [2001:db8:2::25]:588 2001:db8:100::87->588 postmaster@shop.example: EHLO mail.stranger.example / STARTTLS / EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "wire relay inet::61000 -> ::1:27",
            "touched public/cleanup private/lmtp",
            "limit 2.0",
        ]),
        ("inet_interfaces = loopback-only\n", "192.0.2.25:587 inet n - y - - smtpd\n", "", [
            "open 192.0.2.25:587 198.51.97.130->587 -: EHLO mail.canary.example",
            "open smtp 198.51.100.125->61000 unlogged -: EHLO mail.canary.example",
            "relay 192.0.2.25:587 198.51.100.130->587 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay 192.0.2.25:587 198.51.100.131->587 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway 192.0.2.25:587 192.0.2.1->587 eve@stranger.example: EHLO host-192-0-2-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "wire relay inet::61000 -> 127.0.0.1:25",
            "touched public/cleanup private/lmtp",
            "limit 2.0",
        ]),
        ("inet_interfaces = localhost, 192.0.2.25\n", "submission inet n - y - - smtpd\n  -o inet_interfaces=127.0.0.1\nodd inet n - y - - smtpd\nsmtps unix - - y - - smtpd\n", "", [
            "open smtp 198.51.97.130->25 -: EHLO mail.canary.example",
            "open submission 198.51.100.125->61000 unlogged -: EHLO mail.canary.example",
            "canary smtp 198.51.100.125->25 ann@canary.example: EHLO mail.canary.example / MAIL FROM:<ann@canary.example> / RCPT TO:<postmaster@shop.example> / DATA / MESSAGE",
            "canary smtp 2001:db8:100::125->25 ann@canary.example: EHLO mail.canary.example / MAIL FROM:<ann@canary.example> / RCPT TO:<postmaster@shop.example> / DATA / MESSAGE",
            "relay smtp 198.51.100.130->25 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::82->25 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 198.51.100.131->25 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::83->25 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway smtp 192.0.2.1->25 eve@stranger.example: EHLO host-192-0-2-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "wire relay inet::61000 -> 127.0.0.1:587",
            "touched public/cleanup private/lmtp private/smtps",
            "limit 2.0",
        ]),
        ("smtpd_tls_security_level = encrypt\nmydestination =\n", "465 inet n - y - - smtpd\n  -o smtpd_tls_wrappermode=yes\n", "", [
            "open smtp 198.51.97.130->25 -: EHLO mail.canary.example / STARTTLS / EHLO mail.canary.example",
            "open 465 198.51.97.131->465 tls -: EHLO mail.canary.example",
            "relay smtp 198.51.100.130->25 eve@stranger.example: EHLO mail.stranger.example / STARTTLS / EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::82->25 eve@stranger.example: EHLO mail.stranger.example / STARTTLS / EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 198.51.100.131->25 postmaster@shop.example: EHLO mail.stranger.example / STARTTLS / EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::83->25 postmaster@shop.example: EHLO mail.stranger.example / STARTTLS / EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway smtp 192.0.2.1->25 eve@stranger.example: EHLO host-192-0-2-1.example / STARTTLS / EHLO host-192-0-2-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay 465 198.51.100.132->465 tls eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay 465 2001:db8:100::84->465 tls eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay 465 198.51.100.133->465 tls postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay 465 2001:db8:100::85->465 tls postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway 465 192.0.2.1->465 tls eve@stranger.example: EHLO host-192-0-2-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "touched public/cleanup private/lmtp",
            "limit 2.0",
        ]),
        ("", "26 inet n - y - - smtpd\n  -o smtpd_upstream_proxy_protocol=haproxy\nsmtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd\nrewrite unix - - y - - trivial-rewrite\npickup unix n - y 60 1 pickup\nverify unix - - y - 1 verify\npostlog unix-dgram n - n - 1 postlogd\nbounce unix - - y - 0 bounce\n", "", [
            "open smtp 198.51.97.130->25 -: EHLO mail.canary.example",
            "canary smtp 198.51.100.125->25 ann@canary.example: EHLO mail.canary.example / MAIL FROM:<ann@canary.example> / RCPT TO:<postmaster@shop.example> / DATA / MESSAGE",
            "canary smtp 2001:db8:100::125->25 ann@canary.example: EHLO mail.canary.example / MAIL FROM:<ann@canary.example> / RCPT TO:<postmaster@shop.example> / DATA / MESSAGE",
            "relay smtp 198.51.100.130->25 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::82->25 eve@stranger.example: EHLO mail.stranger.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 198.51.100.131->25 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "relay smtp 2001:db8:100::83->25 postmaster@shop.example: EHLO mail.stranger.example / MAIL FROM:<postmaster@shop.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "gateway smtp 192.0.2.1->25 eve@stranger.example: EHLO host-192-0-2-1.example / MAIL FROM:<eve@stranger.example> / RCPT TO:<x@relay.example> / DATA / MESSAGE",
            "touched public/cleanup private/lmtp private/rewrite public/pickup private/verify",
            "limit 8.0",
        ]),
        ("postscreen_upstream_proxy_protocol = haproxy\n", "smtp inet n - y - 1 postscreen\n", "", [
            "touched public/cleanup private/lmtp",
            "limit 2.0",
        ]),
    ],
)  # fmt: skip
def test_a_whole_plan(tmp_path: Path, main: str, master: str, mynetworks: str, lines: list[str]) -> None:
    """Who connects where and how, what is wired and touched, and how long a reply may take."""
    assert plan_lines(planned(tmp_path, main, master, mynetworks)) == lines
