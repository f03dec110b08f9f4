"""Files that the folder holds under another path than the configuration has for them."""

from __future__ import annotations

import pytest

from postfix_lab.fit.delta import MISSING
from postfix_lab.fit.places import named_files, place_hint
from postfix_lab.fit.source import Source
from tests.unit.fit.conftest import Fit, told

ACCESS = "x_maps = regexp:/opt/postfix/conf/sub/access\n"


@pytest.mark.parametrize(
    "name, at, value",
    [
        ("opt/postfix/conf/sub/access", "/opt/postfix/conf/sub/access", "opt/postfix/conf/sub/access"),
        ("sub/access", "/opt/postfix/conf", "the folder"),
        ("access", "/opt/postfix/conf/sub", "the folder"),
    ],
)
def test_a_file_at_another_path(fitted: Fit, name: str, at: str, value: str) -> None:
    """At its whole path, or as if the folder lay at a part of it; the longest path that there is counts."""
    made = fitted(ACCESS, files={name: "/x/ REJECT\n", "z/access": "no\n"})
    assert made.files["/opt/postfix/conf/sub/access"].text == "/x/ REJECT\n"
    assert told(made, at).value == value


def test_the_index_comes_along(fitted: Fit) -> None:
    """A compiled table and its source are found at the same place."""
    made = fitted("x_maps = hash:/opt/conf/access\n", files={"access": "x y\n", "access.db": "?"})
    assert made.files["/opt/conf/access.db"].text == "?"
    assert told(made, "hash:/opt/conf/access").value == "as compiled"


def test_a_list(fitted: Fit) -> None:
    """A list's file is found too, and the own domains follow from it."""
    made = fitted("mydestination = /opt/conf/domains\n", files={"domains": "far.example\n"})
    assert made.domains == ("far.example",)


def test_named_files() -> None:
    """Tables, their indexes and lists outside of /etc/postfix; a file that cannot be read names none."""
    text = "relay_domains = /etc/mail/d, hash:/srv/t, hash:/etc/postfix/x\nsmtpd_tls_cert_file = /etc/ssl/c.pem\n"
    assert named_files(Source("/x", {"main.cf": text})) == ("/etc/mail/d", "/srv/t", "/srv/t.db")
    assert named_files(Source("/x", {"main.cf": "x\n"})) == ()


@pytest.mark.parametrize("path, hint", [("/etc/postfix/a/b", "/x/a/b"), ("/opt/conf/a", "/x/opt/conf/a")])
def test_place_hint(path: str, hint: str) -> None:
    """Where to copy a file to."""
    assert place_hint(Source("/x", {}), path) == hint


def test_folder_that_is_mounted_where_the_scenario_says(fitted: Fit) -> None:
    """Each file of it is there as well; one that the folder lacks is missing there, as in life."""
    main = "virtual_alias_maps = hash:/srv/mail/maps/users, hash:/srv/mail/none\n"
    made = fitted(main, files={"maps/users": "a@x b@x\n", "lonely": "x\n"}, at="/srv/mail")
    assert {"/srv/mail/maps/users", "/srv/mail/lonely", "/etc/postfix/maps/users"} <= set(made.files)
    assert told(made, "/srv/mail").reason == "the scenario says that it is mounted there"
    assert told(made, "hash:/srv/mail/none").value == MISSING
