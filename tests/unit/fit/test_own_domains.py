"""Whose mail a configuration takes."""

from __future__ import annotations

import pytest

from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import Draft, begin_draft
from postfix_lab.fit.own_domains import DEFAULT_HOST, domains, mail_domain, own_domain, own_domains
from postfix_lab.fit.source import Source


def draft(main: str, **files: str) -> Draft:
    return begin_draft(Source("/x", {"main.cf": main, **files}, main="main.cf", master=""), Choices(), {}, "")


@pytest.mark.parametrize(
    "main, own, mail",
    [
        ("myhostname = mx.a.example\n", "a.example", "a.example"),
        ("myhostname = mx.a.example\nmydomain = b.example\n", "b.example", "b.example"),
        ("myhostname = a.example\n", "example", "a.example"),
        ("myhostname = mx\n", "", "mx"),
    ],
)
def test_the_own_domain(main: str, own: str, mail: str) -> None:
    """As Postfix derives it; a top level alone is no domain of mail."""
    assert (own_domain(draft(main)), mail_domain(draft(main))) == (own, mail)


@pytest.mark.parametrize(
    "main, files, found",
    [
        ("mydestination = A.example, b.example a.example\n", {}, ("a.example", "b.example")),
        ("mydestination = !a.example, $x, b.example\n", {}, ("b.example",)),
        ("myhostname = mx.a.example\nmydestination = $myhostname, x.$(mydomain), ${mydomain}\n", {}, ("mx.a.example", "x.a.example", "a.example")),
        ("myhostname = mx.a.example\n", {}, ("mx.a.example", "localhost.a.example", "localhost")),
        ("mydestination = /etc/postfix/list, /none\n", {"list": "# all\nA.example # mine\n\nb.example\n"}, ("a.example", "b.example")),
        ("mydestination = hash:/etc/postfix/t, hash:/none\n", {"t": "#c.example x\nA.example ok\n\nuser@b.example x\nword y\n_d.example ok\n"}, ("a.example", "_d.example")),
    ],
)  # fmt: skip
def test_a_list(main: str, files: dict[str, str], found: tuple[str, ...]) -> None:
    """Its words, the lines of its files, the keys of its tables that are domains."""
    assert domains(draft(main, **files), "mydestination") == found


def test_every_domain() -> None:
    """The own one first, then the others, the host's name last; localhost and what is no name are none."""
    main = (
        "myhostname = mx.a.example\nmydestination = mx.a.example, localhost, localhost.a.example, x.localdomain, localdomain, b.example\n"
        "virtual_mailbox_domains = a.example, b.example, %d\nrelay_domains = c.example\nvirtual_alias_domains =\n"
    )
    assert own_domains(draft(main)) == ("a.example", "b.example", "c.example", "mx.a.example")
    assert own_domains(draft("myhostname = mx.a.example\nmydestination = b.example\n")) == ("b.example",)


def test_many_domains() -> None:
    """A world has zones for 50 of them."""
    names = [f"d{number}.example" for number in range(60)]
    assert own_domains(draft(f"mydestination = {' '.join(names)}\n")) == tuple(names[:50])


def test_the_default_host() -> None:
    """Its name is in the lab's own domain."""
    assert DEFAULT_HOST == "mx.lab.test"
