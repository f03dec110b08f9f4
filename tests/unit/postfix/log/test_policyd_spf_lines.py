"""What policyd-spf told smtpd, of 2.9 and of 3.x."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.log.events import PolicySpf, Trouble
from postfix_lab.postfix.log.policyd_spf_lines import parse_policyd_spf

HEADER = "Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1; helo=a.example; envelope-from=b@c.example; receiver=lab.test"
WHY = "Please see http://www.openspf.net/Why?s={};id={};ip=192.0.2.1;r=lab.test"


@pytest.mark.parametrize("before", ["", ": "])
def test_a_header(before: str) -> None:
    """Its fields, with and without the colon of 3.x."""
    assert parse_policyd_spf(f"{before}prepend {HEADER} ") == PolicySpf(
        "prepend", HEADER, "Pass", "mailfrom", "192.0.2.1", "a.example", "b@c.example", "lab.test"
    )


@pytest.mark.parametrize(
    "text, action, result, identity",
    [
        ("Header field not prepended: Received-SPF: None (no) identity=helo; x", "withheld", "None", "helo"),
        ("prepend X-Comment: SPF skipped for whitelisted relay domain - client-ip=192.0.2.1;", "skip", None, None),
        ("prepend Authentication-Results: lab.test; spf=fail smtp.mailfrom=a@b", "prepend", "Fail", "mailfrom"),
        ("prepend Authentication-Results: lab.test; spf=softfail smtp.helo=a", "prepend", "Softfail", "helo"),
    ],
)
def test_other_headers(text: str, action: str, result: str | None, identity: str | None) -> None:
    """A header that was withheld, one that says nothing was checked, and RFC 8601's."""
    event = parse_policyd_spf(text)
    assert isinstance(event, PolicySpf)
    assert (event.action, event.result, event.identity) == (action, result, identity)


@pytest.mark.parametrize(
    "fields, client, helo, sender, receiver",
    [
        ("client-ip=1::2", "1::2", None, None, None),
        ("client-ip=", None, None, None, None),
        ("client-ip=1::2; helo=h", "1::2", "h", None, None),
        ("client-ip=1::2; helo=; envelope-from=<>; receiver=r )", "1::2", None, "", "r"),
        ("client-ip=1::2; helo=h; envelope-from=; receiver=r", "1::2", "h", "", "r"),
        ("client-ip=1::2; helo=h; envelope-from=a@b)", "1::2", "h", "a@b", None),
        ("nothing", None, None, None, None),
    ],
)
def test_fields_that_may_lack(fields: str, client: str | None, helo: str | None, sender: str | None, receiver: str | None) -> None:
    """What is empty is not there, but for the sender, who may be."""
    event = parse_policyd_spf(f"prepend Received-SPF: None (mailfrom) identity=mailfrom; {fields}")
    assert isinstance(event, PolicySpf)
    assert (event.client_ip, event.helo, event.envelope_from, event.receiver) == (client, helo, sender, receiver)


@pytest.mark.parametrize(
    "comment, client",
    [
        ("client-ip=6.6.6.6; helo=h; envelope-from=", None),
        ("client-ip=192.0.2.1; helo=h; envelope-from=", "192.0.2.1"),
        ("x" * 2000, None),
        ("x", "192.0.2.1"),
    ],
)
def test_a_comment_that_names_another_client(comment: str, client: str | None) -> None:
    """There is no telling which is true, nor where the header may have been cut off; the receiver is smtpd's own."""
    fields = "client-ip=192.0.2.1; helo=h; envelope-from=b@c; receiver=lab.test"
    event = parse_policyd_spf(f"prepend Received-SPF: Fail ({comment}) {fields}")
    assert isinstance(event, PolicySpf)
    assert (event.client_ip, event.receiver) == (client, "lab.test")


@pytest.mark.parametrize(
    "text, action, result, code, enhanced",
    [
        (f"550 5.7.23 Message rejected due to: SPF fail. {WHY.format('mfrom', 'a@b')}", "reject", "Fail", "550", "5.7.23"),
        ("550 5.7.23 permanent error due to: x", "reject", "Fail", "550", "5.7.23"),
        ("550 5.7.24 Message rejected due to: SPF permanent error", "reject", "Permerror", "550", "5.7.24"),
        ("550 5.7.24 Temporary DNS error", "reject", "Temperror", "550", "5.7.24"),
        ("550 5.7.1 due to: Temporary error", "reject", "Temperror", "550", "5.7.1"),
        ("550 5.7.23 Domain owner discourages use of this host", "reject", "Softfail", "550", "5.7.23"),
        ("550 5.7.23 neither permitted nor denied", "reject", "Neutral", "550", "5.7.23"),
        ("550 5.7.23 No SPF record", "reject", "None", "550", "5.7.23"),
        ("550 5.7.23 whatever", "reject", "Fail", "550", "5.7.23"),
        ("550 due to: x", "reject", "Fail", "550", None),
        ("defer_if_permit 4.7.24 what", "defer", "Temperror", "defer_if_permit", "4.7.24"),
        ("defer_if_permit what", "defer", "Temperror", "defer_if_permit", None),
    ],
)
def test_a_refusal(text: str, action: str, result: str, code: str, enhanced: str | None) -> None:
    """The result is in pyspf's words; 5.7.23 rules out an error, and a domain's own words go with *fail* alone."""
    event = parse_policyd_spf(text)
    assert isinstance(event, PolicySpf)
    assert (event.action, event.result, event.code, event.enhanced) == (action, result, code, enhanced)


@pytest.mark.parametrize(
    "link, identity, helo, sender, client, receiver",
    [
        (WHY.format("mfrom", "a@b"), "mailfrom", None, "a@b", "192.0.2.1", "lab.test"),
        (WHY.format("helo", "h.example"), "helo", "h.example", None, "192.0.2.1", "lab.test"),
        (f"{WHY.format('helo', 'x')} {WHY.format('mfrom', 'a@b')} ", None, None, None, "192.0.2.1", "lab.test"),
        ("Why?s=helo;id=cut off", "helo", None, None, None, None),
    ],
)
def test_a_refusals_link(
    link: str, identity: str | None, helo: str | None, sender: str | None, client: str | None, receiver: str | None
) -> None:
    """It says who was checked; two of them are one too many to believe who."""
    event = parse_policyd_spf(f"550 5.7.23 {link}")
    assert isinstance(event, PolicySpf)
    told = (event.identity, event.helo, event.envelope_from, event.client_ip, event.receiver)
    assert told == (identity, helo, sender, client, receiver)


@pytest.mark.parametrize("text", ["Starting", "550 5.7.1 no", "550 no", "550x due to: y", "Config: x"])
def test_chatter(text: str) -> None:
    """A refusal that is none of SPF's and debugging lines say nothing."""
    assert parse_policyd_spf(text) is None


@pytest.mark.parametrize("text", ["ERROR: x", "Ouch, caught exc: x", "Traceback (most recent call last):"])
def test_trouble(text: str) -> None:
    """It has failed by itself."""
    assert parse_policyd_spf(text) == Trouble("error", text)


def test_result_only() -> None:
    """The action of `TestOnly`, told as it is."""
    assert parse_policyd_spf("result_only Received-SPF: x") == PolicySpf("result_only", "Received-SPF: x")
