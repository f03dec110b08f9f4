import pytest

from postfix_lab.smtp.headers import (
    ReceivedHeader,
    ReceivedSpf,
    parse_received_spf,
    received_headers,
    received_spf_headers,
)

POLICYD = (
    "Pass (mailfrom) identity=mailfrom; client-ip=203.0.113.10; helo=mail.good.example; "
    "envelope-from=ann@good.example; receiver=lab.test "
)
PASS = ReceivedSpf(
    "pass", "Pass", "mailfrom", "mailfrom", "203.0.113.10", "ann@good.example", "mail.good.example", "lab.test"
)


@pytest.mark.parametrize("prefix", ["", "Received-SPF: ", "prepend Received-SPF: ", ": prepend Received-SPF: "])
def test_policyd_spf(prefix: str) -> None:
    """The header, policyd-spf's action and its log lines (2.9 and 3.x) give the same fields."""
    assert parse_received_spf(prefix + POLICYD) == PASS


def test_folded_header_in_a_message() -> None:
    """A folded header is read whole, the body not at all, and the topmost one comes first."""
    folded = POLICYD.replace("; ", ";\r\n\t")
    content = f"Received-SPF: {folded}\r\nreceived-spf: None\r\nX: y\r\n\r\nReceived-SPF: Fail\r\n"
    assert received_spf_headers(content) == (PASS, ReceivedSpf("none", "None"))


def test_bullseye_receiver() -> None:
    """policyd-spf 2.9 does not know the receiver."""
    assert parse_received_spf("Temperror (mailfrom) receiver=<UNKNOWN> ").receiver == "<UNKNOWN>"


def test_pyspf_comment_and_quotes() -> None:
    """Semicolons in comments and quoted strings do not separate, escapes are undone."""
    spf = parse_received_spf(
        'PermError (bob@lab.test: a (nested; one) \\) end) client-ip=2001:db8::1; envelope-from="a;\\"b@x.example"; '
        'problem="moo; boo"; mechanism=-all; x-software="py spf"; identity=mailfrom'
    )
    assert (spf.result, spf.comment) == ("permerror", "bob@lab.test: a (nested; one) ) end")
    assert (spf.client_ip, spf.envelope_from, spf.problem) == ("2001:db8::1", 'a;"b@x.example', "moo; boo")
    assert (spf.mechanism, spf.other) == ("-all", (("x-software", "py spf"),))


def test_another_providers_header() -> None:
    """The seed article's stamp: a comment that tells all, and keys behind it."""
    spf = parse_received_spf(
        "fail (mx.far.example: domain of mail@good.example does not designate 192.0.2.1 as permitted sender) "
        "client-ip=192.0.2.1; envelope-from=mail@good.example; helo=good.example;"
    )
    assert (spf.result, spf.helo, spf.identity) == ("fail", "good.example", "")
    assert "does not designate 192.0.2.1" in spf.comment


@pytest.mark.parametrize("value", ["", "   ", "42", "(", "Pass (", 'Fail (x helo="', "=;=;=", "Pass " + "(" * 5000])
def test_forged_headers_break_nothing(value: str) -> None:
    """Whatever a client writes there is read without an exception."""
    assert parse_received_spf(value).result in ("", "pass", "fail")


POSTFIX = (
    "from mail.good.example (mail.good.example [203.0.113.10])\r\n"
    "\tby mx.lab.test (Postfix) with ESMTP id 4F2Bq31XyZz1\r\n"
    "\tfor <bob@lab.test>; Wed,  1 May 2024 12:00:00 +0000 (UTC)"
)


def test_received_of_postfix() -> None:
    """Each part of Postfix's header is a field."""
    (hop,) = received_headers(f"Received: {POSTFIX}\r\n\r\n")
    assert hop == ReceivedHeader(
        "mail.good.example", "mail.good.example", "203.0.113.10", "mx.lab.test", "ESMTP", "4F2Bq31XyZz1",
        "bob@lab.test", "Wed, 1 May 2024 12:00:00 +0000 (UTC)",
    )  # fmt: skip


def test_received_with_tls_and_login() -> None:
    """TLS, login and IPv6 stand between the client and our name."""
    (hop,) = received_headers(
        "Received: from by (unknown [IPv6:2001:db8::1])\n"
        "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
        "\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)\n"
        "\t(No client certificate requested)\n"
        "\t(Authenticated sender: ann)\n"
        "\tby mx.lab.test (Postfix) with ESMTPSA id 4F2B;\n\tWed, 1 May 2024 12:00:00 +0000 (UTC)\n\n"
    )
    assert (hop.helo, hop.rdns, hop.ip) == ("by", "unknown", "2001:db8::1")
    assert (hop.by, hop.protocol, hop.queue_id, hop.recipient) == ("mx.lab.test", "ESMTPSA", "4F2B", "")
    assert (hop.tls, hop.user) == ("TLSv1.3 TLS_AES_256_GCM_SHA384", "ann")


def test_received_of_a_bounce() -> None:
    """What Postfix made itself came from nobody."""
    (hop,) = received_headers("Received: by mx.lab.test (Postfix)\r\n\tid 4F2B; Wed, 1 May 2024 12:00:00 +0000\r\n\r\n")
    assert (hop.by, hop.queue_id, hop.helo, hop.protocol) == ("mx.lab.test", "4F2B", "", "")


def test_message_without_headers() -> None:
    """A message that begins with its body has no headers."""
    assert received_headers("\r\nReceived: by x\r\n") == ()


def test_received_without_a_date() -> None:
    """Another program's header may have none."""
    (hop,) = received_headers("Received: by mx.far.example with SMTP id 4F2B\r\n\r\n")
    assert (hop.by, hop.protocol, hop.queue_id, hop.date) == ("mx.far.example", "SMTP", "4F2B", "")
