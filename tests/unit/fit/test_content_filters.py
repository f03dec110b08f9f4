"""Content filters get a stub that hands mail back, or fails as the scenario wants."""

from __future__ import annotations

import pytest

from tests.unit.fit.conftest import Fit, told

BACK = "127.0.0.1:10025 inet n - y - - smtpd -o content_filter= -o smtpd_proxy_filter=\n"
AGENTS = "scan unix - - y - 2 smtp\nfeed unix - - y - 2 lmtp\nspam unix - n n - - pipe user=x argv=/usr/bin/spamc\n"
HERE, QUEUE = "inet:127.0.0.1:10024", "/var/spool/postfix/"
TABLE = "check_sender_access inline:{{a@b.example=FILTER scan:[127.0.0.1]:10024}}"


@pytest.mark.parametrize(
    "text, listen, protocol",
    [
        ("content_filter = scan:[127.0.0.1]:10024", HERE, "smtp"),
        ("content_filter = scan:localhost:10024", HERE, "smtp"),
        ("content_filter = feed:[127.0.0.1]:10024", HERE, "lmtp"),
        ("content_filter = lmtp:inet:127.0.0.1:10024", HERE, "lmtp"),
        ("content_filter = lmtp:unix:private/amavis", f"unix:{QUEUE}private/amavis", "lmtp"),
        ("smtpd_proxy_filter = 127.0.0.1:10024", HERE, "smtp"),
        ("smtpd_proxy_filter = inet:[127.0.0.1]:10024", HERE, "smtp"),
        ("smtpd_proxy_filter = unix:private/proxy", f"unix:{QUEUE}private/proxy", "smtp"),
        (f"smtpd_sender_restrictions = {TABLE}", HERE, "smtp"),
    ],
)
def test_filter_has_a_stub(fitted: Fit, text: str, listen: str, protocol: str) -> None:
    """At its socket, with the port that takes mail back."""
    made = fitted(f"{text}\n", master=AGENTS + BACK)
    assert [(s.role, s.listen, s.to, s.protocol) for s in made.stubs] == [("filter", listen, "127.0.0.1:10025", protocol)]


def test_smtpd_may_have_a_filter_of_its_own(fitted: Fit) -> None:
    """Then the other smtpds need not be told that they have none."""
    master = "smtp inet n - y - - smtpd -o smtpd_proxy_filter=127.0.0.1:10024\n127.0.0.1:10025 inet n - y - - smtpd\n"
    assert [stub.to for stub in fitted(master=master).stubs] == ["127.0.0.1:10025"]


@pytest.mark.parametrize("text", ["content_filter = scan:[198.51.100.9]:10024", "smtpd_proxy_filter = 198.51.100.9:10024"])
def test_filter_on_another_host_is_left_out(fitted: Fit, text: str) -> None:
    """And that is said."""
    made = fitted(f"{text}\n", master=AGENTS + BACK)
    name = text.partition(" ")[0]
    assert (made.stubs, told(made, name).value, made.value(name)) == ((), "(none)", "")


def test_filter_fails_as_the_scenario_wants(fitted: Fit) -> None:
    """A stub with that word; a program that ends with that code."""
    made = fitted("content_filter = scan:[127.0.0.1]:10024\n", master=AGENTS + BACK, filter="reject")
    assert [stub.mode for stub in made.stubs] == ["reject"]
    made = fitted("content_filter = spam:dummy\n", master=AGENTS + BACK, filter="tempfail")
    assert "stub.py fail 75" in made.files["/etc/postfix/master.cf"].text
    assert told(made, "master.cf spam").value == "a filter that says tempfail"


def test_filters_in_a_row(fitted: Fit) -> None:
    """Each hands mail back at the port behind its own, where the next one is named."""
    master = (
        "10025 inet n - y - - smtpd -o content_filter=sign:[127.0.0.1]:10027\nsign unix - - y - 2 smtp\n"
        "10028 inet n - y - - smtpd -o content_filter=\n"
    )
    made = fitted("content_filter = scan:[127.0.0.1]:10024\n", master=AGENTS + master)
    assert [(s.listen, s.to) for s in made.stubs] == [(HERE, "127.0.0.1:10025"), ("inet:127.0.0.1:10027", "127.0.0.1:10028")]


def test_table_names_a_program(fitted: Fit) -> None:
    """It hands the mail back, as a content filter does."""
    made = fitted("header_checks = regexp:/etc/postfix/h\n", master=AGENTS, files={"h": "/^X-Spam/ FILTER spam:dummy\n"})
    assert told(made, "master.cf spam").value == "hands the mail back unchanged"


def test_destinations_of_main_cf_and_of_services(fitted: Fit) -> None:
    """Each with its parameters expanded; one that is left out is none."""
    services = "587 inet n - y - - smtpd -o content_filter=spam:dummy\n465 inet n - y - - smtpd -o content_filter=$own_way\n"
    made = fitted("own_way = feed:[127.0.0.1]:10024\ncontent_filter = $own_way\n", master=AGENTS + BACK + services)
    assert made.content_filters == ("feed:[127.0.0.1]:10024", "spam:dummy")
    assert fitted("content_filter = scan:[127.0.0.1]:10024\n", master=AGENTS).content_filters == ()


def test_an_smtpd_without_a_filter_comes_first(fitted: Fit) -> None:
    """Unless the port behind the filter's is one, mail comes back where the option is left out."""
    master = (
        "10030 inet n - y - - smtpd -o content_filter=sign:[127.0.0.1]:10040\nsign unix - - y - 2 smtp\nscan unix - - y - 2 smtp\n"
        "10031 inet n - y - - smtpd\n587 inet n - y - - smtpd -o content_filter=scan:[127.0.0.1]:10024\n"
    )
    assert ("inet:127.0.0.1:10024", "127.0.0.1:10031") in [(stub.listen, stub.to) for stub in fitted(master=master).stubs]
