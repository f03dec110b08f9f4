from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from tests.unit.fit.conftest import Fit, told


@pytest.mark.parametrize("value", ["/etc/postfix/none", "lab.test, !/etc/postfix/none"])
def test_a_list_of_a_file_that_is_missing(fitted: Fit, value: str) -> None:
    """No daemon would start, so it is refused with its line and the remedy."""
    with pytest.raises(InputError) as refused:
        fitted(f"relay_domains = {value}\n")
    assert str(refused.value).endswith(
        "relay_domains names the file /etc/postfix/none, which the folder does not hold, and without it no daemon of Postfix "
        "starts. Copy it into the folder, or write its lines into the list"
    )
    assert refused.value.line == 5


@pytest.mark.parametrize("main", ["relay_domains = /etc/postfix/list\n", "relay_domains = !/etc/hosts\n", "x = /etc/postfix/none\n"])
def test_a_list_of_a_file_that_is_there(fitted: Fit, main: str) -> None:
    """In the folder or in the image; what is no list of this kind is not looked at."""
    assert fitted(main, files={"list": "a.example\n"}).files["/etc/postfix/list"].text == "a.example\n"


def test_each_list_is_named(fitted: Fit) -> None:
    """The first one's line is the refusal's, and the others are in its text; outside of the folder it says where."""
    with pytest.raises(InputError) as refused:
        fitted("relay_domains = /etc/postfix/none\ndebug_peer_list = /etc/mail/peers\n")
    assert "/main.cf:5: relay_domains names the file /etc/postfix/none" in str(refused.value)
    assert str(refused.value).endswith("/etc/mail/peers of debug_peer_list (line 6) is missing too")
    with pytest.raises(InputError, match=r"Copy it into the folder, as \S+/etc/mail/peers, or"):
        fitted("debug_peer_list = /etc/mail/peers\n")


def test_lists_by_a_word(fitted: Fit) -> None:
    """With stand-ins for all, final destinations have the own domain, and any other list is empty."""
    made = fitted("mydestination = /etc/postfix/none\nrelay_domains = /etc/mail/peers\n", stand_ins="all")
    assert (made.files["/etc/postfix/none"].text, made.files["/etc/mail/peers"].text) == ("lab.test\n", "")
    lines = [told(made, path) for path in ("/etc/postfix/none", "/etc/mail/peers")]
    assert [delta.value for delta in lines] == ["lab.test", "empty"]
