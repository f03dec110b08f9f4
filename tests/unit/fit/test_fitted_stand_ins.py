"""Sockets, filters, programs, addresses and places: each stand-in by itself."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.network import in_mynetworks
from postfix_lab.postfix.files import main_cf
from tests.unit.fit.conftest import Fit, told

SASL = "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n"


@pytest.mark.parametrize(
    "path, listens",
    [
        ("private/auth", "unix:/var/spool/postfix/private/auth"),
        ("/var/spool/postfix/private/auth", "unix:/var/spool/postfix/private/auth"),
        ("inet:127.0.0.1:12345", "inet:127.0.0.1:12345"),
        ("inet:dovecot:10001", "inet:127.0.0.1:10001"),
    ],
)
def test_dovecots_socket(fitted: Fit, path: str, listens: str) -> None:
    """The lab's Dovecot listens where the configuration looks for one; without users, one is named."""
    [dovecot] = fitted(SASL.replace("private/auth", path)).daemons
    assert (dovecot.name, dovecot.sockets) == ("dovecot", (listens,))
    assert dovecot.files["/etc/dovecot/users"].text == "ann@lab.test:{PLAIN}correct horse\n"


def test_cyrus_is_replaced(fitted: Fit) -> None:
    """Postfix's default is Cyrus, which has no daemon in the lab."""
    made = fitted("smtpd_sasl_auth_enable = yes\n")
    assert main_cf.value(made.files["/etc/postfix/main.cf"].text, "smtpd_sasl_type") == "dovecot"
    assert told(made, "smtpd_sasl_type").reason.startswith("cyrus is not in the lab")


@pytest.mark.parametrize(
    "place, listens",
    [
        ("unix:opendkim/dkim.sock", "unix:/var/spool/postfix/opendkim/dkim.sock"),
        ("local:/run/opendkim.sock", "unix:/run/opendkim.sock"),
        ("unix:/clamav/milter.ctl", "unix:/var/spool/postfix/clamav/milter.ctl"),
        ("inet:localhost:8891", "inet:127.0.0.1:8891"),
        ("inet:8891@localhost", "inet:127.0.0.1:8891"),
        ("inet:rspamd:9900", "inet:127.0.0.1:9900"),
    ],
)
def test_a_milters_socket(fitted: Fit, place: str, listens: str) -> None:
    """A stub listens at the very place, as a chrooted smtpd sees it; other hosts' are brought home."""
    [stub] = fitted(f"smtpd_milters = {place}\n", milter="tempfail").stubs
    assert (stub.role, stub.listen, stub.mode) == ("milter", listens, "tempfail")


def test_a_policy_service(fitted: Fit) -> None:
    """A service that master.cf starts is no stub, if its program is there; Perl's SPF becomes the real one."""
    spf = "spf unix - n n - 0 spawn user=nobody argv=/usr/sbin/postfix-policyd-spf-perl\n"
    made = fitted(
        "smtpd_recipient_restrictions = check_policy_service unix:private/spf, check_policy_service inet:127.0.0.1:10023\n",
        master=spf,
    )
    assert [stub.listen for stub in made.stubs] == ["inet:127.0.0.1:10023"]
    assert "argv=/usr/bin/policyd-spf" in made.files["/etc/postfix/master.cf"].text
    assert told(made, "inet:127.0.0.1:10023").reason == "it stands for postgrey"


def test_postgrey_in_place_of_a_policy_service(fitted: Fit) -> None:
    """The real one listens where the configuration asks, and the report does not call it a stub."""
    made = fitted("smtpd_data_restrictions = check_policy_service inet:127.0.0.1:10023\n", policy="postgrey")
    assert [(stub.listen, stub.mode) for stub in made.stubs] == [("inet:127.0.0.1:10023", "postgrey")]
    assert told(made, "inet:127.0.0.1:10023").value == "Debian's postgrey, as packaged"


def test_there_is_but_one_postgrey(fitted: Fit) -> None:
    """Two policy services cannot both be it, none cannot either, and a milter never."""
    text = "smtpd_data_restrictions = check_policy_service inet:127.0.0.1:10023, check_policy_service inet:127.0.0.1:10024\n"
    with pytest.raises(InputError, match=r"postgrey listens at inet:127\.0\.0\.1:10023 already"):
        fitted(text, policy="postgrey")
    with pytest.raises(InputError, match="nobody would ask postgrey"):
        fitted(policy="postgrey")
    with pytest.raises(InputError, match="milter cannot be 'postgrey'"):
        fitted(milter="postgrey")


def test_lmtp_leads_to_the_sink(fitted: Fit) -> None:
    """A socket that nobody listens at gets a wire; with the lab's own delivery it is not asked."""
    text = "virtual_transport = lmtp:unix:private/dovecot-lmtp\n"
    [stub] = fitted(text, delivery="as-configured").stubs
    assert (stub.listen, stub.to) == ("unix:/var/spool/postfix/private/dovecot-lmtp", "192.0.2.24:24")
    assert fitted(text).stubs == ()


def test_a_filter_without_a_way_back(fitted: Fit) -> None:
    """Where no smtpd takes mail back, the filter is left out, and that is said."""
    made = fitted("content_filter = smtp-amavis:[127.0.0.1]:10024\n")
    assert told(made, "content_filter").value == "(none)"


def test_programs_that_nobody_names(fitted: Fit) -> None:
    """They are told of in one line and stay; one that mail goes to hands it to the sink."""
    pipes = "maildrop unix - n n - - pipe user=vmail argv=/usr/bin/maildrop\nuucp unix - n n - - pipe user=uucp argv=uux\n"
    assert told(fitted(master=pipes), "master.cf maildrop, uucp").line == 3
    made = fitted("virtual_transport = maildrop\n", master=pipes, delivery="as-configured")
    assert told(made, "master.cf maildrop").value == "hands the mail to the sink"


@pytest.mark.parametrize(
    "text, address, covered",
    [
        ("127.0.0.0/8 10.0.0.0/24", "10.0.0.9", True),
        ("127.0.0.0/8 [2001:db8::]/32", "2001:db8::1", True),
        ("!10.0.0.9 10.0.0.0/24", "10.0.0.9", False),
        ("127.0.0.0/8", "203.0.113.9", False),
        ("hash:/etc/postfix/networks", "203.0.113.9", None),
    ],
)
def test_who_is_inside(text: str, address: str, covered: bool | None) -> None:
    """The list mynetworks as Postfix reads it; where a table decides, nobody can say."""
    assert in_mynetworks(text, address) is covered


def test_addresses_of_another_machine(fitted: Fit) -> None:
    """Services are bound to addresses that the mail host has; one too many is switched off."""
    made = fitted(master="198.51.100.5:465 inet n - y - - smtpd\n198.51.100.6:465 inet n - y - - smtpd\n")
    text = made.files["/etc/postfix/master.cf"].text
    assert "\n192.0.2.25:465 inet" in text
    assert "\n#198.51.100.6:465 inet" in text


@pytest.mark.parametrize("debian, level", [(11, "2"), (12, "3.9")])
def test_level_of_another_release(fitted: Fit, debian: int, level: str) -> None:
    """Postfix 3.5 reads whole numbers alone."""
    made = fitted("compatibility_level = 3.9\n", debian=debian)
    assert main_cf.value(made.files["/etc/postfix/main.cf"].text, "compatibility_level") == level


def test_other_places(fitted: Fit) -> None:
    """Red Hat's folders and the log in a file give way to Debian's, in a line each."""
    made = fitted("daemon_directory = /usr/libexec/postfix\nmaillog_file = /var/log/maillog\n")
    text = made.files["/etc/postfix/main.cf"].text
    assert main_cf.value(text, "daemon_directory") is main_cf.value(text, "maillog_file") is None
    assert [told(made, name).line for name in ("daemon_directory", "maillog_file")] == [5, 6]


@pytest.mark.parametrize(
    "text, reason",
    [
        ("inet_interfaces = loopback-only\n", "no client from outside"),
        ("mydestination =\n", "takes mail for no domain"),
    ],
)
def test_why_there_is_no_canary(fitted: Fit, text: str, reason: str) -> None:
    """A canary that cannot be is left out, and the report says why."""
    assert reason in told(fitted(text), "canary").reason


@pytest.mark.parametrize("choice", [{"milter": "hnag"}, {"policy": "deny"}, {"delivery": "none"}])
def test_a_word_that_means_nothing(fitted: Fit, choice: dict[str, str]) -> None:
    """A choice that is none is refused with those that there are."""
    with pytest.raises(InputError, match=r"cannot be '\w+'; (did you mean|there are)"):
        fitted(**choice)


def test_a_path_that_begins_nowhere(fitted: Fit) -> None:
    """Postfix's daemons are in the queue, so a certificate without a folder is looked for there; no path leads upwards."""
    made = fitted("smtpd_tls_cert_file = mx.pem\nsmtpd_tls_key_file = /etc/x/../../y.key\n")
    assert {"/var/spool/postfix/mx.pem", "/y.key"} <= made.files.keys()
    assert all(path.startswith("/") and ".." not in path for path in made.files)


MASTERS = "check_policy_service unix:private/policy-spf"


def test_a_service_that_master_cf_lacks(fitted: Fit) -> None:
    """Nothing listens, as in life, and that is said once; by a word there is a stub."""
    text = f"smtpd_recipient_restrictions = {MASTERS}\nsmtpd_data_restrictions = {MASTERS}\n"
    made = fitted(text, policy="hang")
    assert made.stubs == ()
    delta = told(made, "unix:private/policy-spf")
    assert (delta.value, delta.line) == ("missing, as in life", 5)
    [stub] = fitted(text, stand_ins="all").stubs
    assert stub.listen == "unix:/var/spool/postfix/private/policy-spf"


@pytest.mark.parametrize(
    "service, listens",
    [
        ("policy-spf unix - n n - 0 spawn user=nobody argv=/opt/no-such-program\n", ["unix:/var/spool/postfix/private/policy-spf"]),
        ("policy-spf unix - n n - - pipe user=nobody argv=/bin/cat\n", []),
    ],
)
def test_a_service_that_is_there(fitted: Fit, service: str, listens: list[str]) -> None:
    """The program of a service may be missing in the lab alone; a service that speaks no policy is nothing to replace."""
    made = fitted(f"smtpd_recipient_restrictions = {MASTERS}\n", master=service)
    assert [stub.listen for stub in made.stubs] == listens
