"""Keys that no lookup asks for."""

from __future__ import annotations

import pytest

from postfix_lab.audit.practice import table_keys
from tests.unit.audit.conftest import Write

ACCESS = "smtpd_recipient_restrictions = check_%s_access hash:/etc/postfix/own\n"


@pytest.mark.parametrize(
    "main, key, words",
    [
        (ACCESS % "client", "10.0.0.0/8", "a network needs a cidr: table"),
        (ACCESS % "client", "192.168.", "without its last dot"),
        (ACCESS % "client", "[10.0.0.1]", "without brackets"),
        (ACCESS % "client", "*.shop.example", "a * stands for nothing"),
        (ACCESS % "helo", ".shop.example", "without its dot"),
        (ACCESS % "sender", "@shop.example", "write the domain without @"),
        (ACCESS % "sender", "*@shop.example", "a * stands for nothing"),
        (ACCESS % "recipient", ".shop.example", "without its dot"),
        ("transport_maps = texthash:/etc/postfix/own\n", "*.shop.example", "write .domain for its subdomains"),
        ("transport_maps = hash:/etc/postfix/own\n", "@shop.example", "write the domain without @"),
        ("virtual_alias_maps = hash:/etc/postfix/own\n", "*@shop.example", "write @domain for every address of it"),
        ("alias_maps = hash:/etc/postfix/own\n", "ann@shop.example:", "local(8) looks up what is in front of the @"),
    ],
)
def test_what_never_matches(write: Write, main: str, key: str, words: str) -> None:
    """A warning at the line of the table, with the form that is looked up."""
    written = write(main, files={"own": f"# keys\ngood.example OK\n{key} x\n"})
    (finding,) = table_keys.judge(written)
    assert (str(finding.severity), str(finding.place)) == ("warning", "own:3")
    assert words in finding.what


@pytest.mark.parametrize(
    "main, keys",
    [
        (ACCESS % "client", ("10.1", "10.0.0.1", "shop.example", "2001:db8::1")),
        (ACCESS % "sender", ("ann@shop.example", "shop.example", "ann@", "<>")),
        (f"parent_domain_matches_subdomains =\n{ACCESS % 'sender'}", (".shop.example",)),
        ("transport_maps = hash:/etc/postfix/own\n", ("*", ".shop.example", "ann@shop.example")),
        ("virtual_alias_maps = hash:/etc/postfix/own\n", ("@shop.example", "shop.example", "ann")),
        ("alias_maps = hash:/etc/postfix/own\n", ("ann:", '"ann":', "owner-list:")),
        (f"{ACCESS % 'sender'}virtual_alias_maps = hash:/etc/postfix/own\n", ("@shop.example",)),
        ("smtpd_recipient_restrictions = check_client_access cidr:/etc/postfix/own\n", ("10.0.0.0/8",)),
        ("smtp_tls_policy_maps = hash:/etc/postfix/own\n", (".shop.example", "[mx.shop.example]:25")),
    ],
)
def test_what_matches(write: Write, main: str, keys: tuple[str, ...]) -> None:
    """Each form of the manual pages; a table of two uses is not judged, nor one whose forms are others."""
    written = write(main, files={"own": "".join(f"{key} x\n" for key in keys)})
    assert list(table_keys.judge(written)) == []


def test_several(write: Write) -> None:
    """One finding for a table; the others are its evidence."""
    (finding,) = table_keys.judge(write(ACCESS % "sender", files={"own": "@a.example OK\n@b.example OK\n"}))
    assert "and 1 more like it" in finding.what
    assert finding.evidence == ("own:2 @b.example",)
