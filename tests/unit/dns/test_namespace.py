"""What several zones say together: negative answers, CNAMEs, wildcards, merging."""

from __future__ import annotations

import pytest

from postfix_lab.dns.namespace import Namespace, ZoneAnswer, added_records
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError


def ask(name: str, rtype: str, *zones: ZoneText | str) -> ZoneAnswer:
    """The answer of zones; a plain text is the zone lab.test."""
    texts = [z if isinstance(z, ZoneText) else ZoneText(z, origin="lab.test") for z in zones]
    return Namespace(texts).answer(name, rtype)


def told(answer: ZoneAnswer) -> list[str]:
    """The answer section in presentation format."""
    return [str(record) for record in answer.answers]


@pytest.mark.parametrize(
    "name,rtype,outcome",
    [
        ("mx.lab.test", "A", "NOERROR"),
        ("MX.LAB.TEST.", "a", "NOERROR"),
        ("mx.lab.test", "TXT", "NODATA"),
        ("b.lab.test", "A", "NODATA"),  # only a.b.lab.test owns anything
        ("c.lab.test", "A", "NXDOMAIN"),
        ("x.mx.lab.test", "A", "NXDOMAIN"),
        ("lab.test", "A", "NODATA"),
    ],
)
def test_absence_is_told_apart(name: str, rtype: str, outcome: str) -> None:
    """NODATA for what exists, an empty non-terminal too; NXDOMAIN for what does not; each with SOA and AA."""
    answer = ask(name, rtype, "mx A 192.0.2.1\na.b TXT deep\n")
    assert (answer.outcome, answer.aa, answer.outside) == (outcome, True, False)
    assert [r.type for r in answer.authority] == ([] if outcome == "NOERROR" else ["SOA"])


def test_negative_ttl_is_the_smaller_of_two() -> None:
    """RFC 2308 section 3: the SOA's own TTL or its minimum."""
    ttls = [ask("x.lab.test", "A", f"@ {ttl} SOA a b 1 2 3 4 50").authority[0].ttl for ttl in (7, 70)]
    assert ttls == [7, 50]


def test_name_in_no_zone_does_not_exist() -> None:
    """NXDOMAIN with the root's SOA, marked as outside; above a zone the name exists."""
    gone, above = ask("gone.example", "A", "mx A 192.0.2.1"), ask("test", "A", "mx A 192.0.2.1")
    assert (gone.outcome, gone.outside, gone.authority[0].name) == ("NXDOMAIN", True, ())
    assert (above.outcome, above.outside) == ("NODATA", True)


def test_longest_origin_answers() -> None:
    """The child zone speaks for its names, and only it."""
    parent = ZoneText("x.sub A 192.0.2.1\ny.sub A 192.0.2.1", origin="lab.test")
    child = ZoneText("x A 192.0.2.2", origin="sub.lab.test")
    assert told(ask("x.sub.lab.test", "A", parent, child)) == ["A 192.0.2.2"]
    assert ask("y.sub.lab.test", "A", parent, child).outcome == "NXDOMAIN"


def test_name_between_parent_and_child_zone_exists() -> None:
    """An empty non-terminal may have nothing but another zone below it."""
    zones = ZoneText("x A 192.0.2.1", origin="test"), ZoneText("x A 192.0.2.2", origin="a.b.test")
    assert ask("b.test", "A", *zones).outcome == "NODATA"


def test_cname_is_followed_across_zones() -> None:
    """The whole chain is in the answer section; a question for the CNAME gets it alone."""
    zones = ("www CNAME a\na CNAME b.other.test.", ZoneText("b A 192.0.2.9", origin="other.test"))
    chain = ["CNAME a.lab.test.", "CNAME b.other.test."]
    assert told(ask("www.lab.test", "A", *zones)) == [*chain, "A 192.0.2.9"]
    assert told(ask("www.lab.test", "CNAME", *zones)) == chain[:1]


@pytest.mark.parametrize(
    "target,rtype,outcome",
    [("none", "A", "NXDOMAIN"), ("b", "TXT", "NODATA"), ("gone.example.", "A", "NXDOMAIN")],
)
def test_end_of_a_cname_chain_decides(target: str, rtype: str, outcome: str) -> None:
    """RFC 6604: the rcode is the last name's; the question itself was about a name of ours."""
    answer = ask("www.lab.test", rtype, f"www CNAME {target}\nb A 192.0.2.1")
    assert (answer.outcome, len(answer.answers), len(answer.authority), answer.outside) == (outcome, 1, 1, False)


def test_cname_loop_ends() -> None:
    """Each alias is told once."""
    assert len(ask("a.lab.test", "A", "a CNAME b\nb CNAME c\nc CNAME a").answers) == 3


@pytest.mark.parametrize(
    "name,rtype,outcome",
    [
        ("host1.example", "MX", "NOERROR"),
        ("foo.bar.example", "MX", "NOERROR"),
        ("host3.example", "A", "NODATA"),
        ("host1.example", "TXT", "NOERROR"),
        ("host2.example", "MX", "NODATA"),
        ("sub.example", "MX", "NODATA"),
        ("_ssh._tcp.host1.example", "SRV", "NXDOMAIN"),
        ("telnet.sub.example", "MX", "NXDOMAIN"),
        ("ghost.*.example", "MX", "NXDOMAIN"),
        ("*.example", "MX", "NOERROR"),
    ],
)
def test_wildcards_as_in_rfc_4592(name: str, rtype: str, outcome: str) -> None:
    """Close to the example of section 2.2.1: what exists, and what is below it, is not made up."""
    text = "* MX 10 h\n* TXT wild\nhost1 A 192.0.2.1\n  MX 5 h\n  TXT mine\nhost2 A 192.0.2.2\n*.a.sub TXT deep\n"
    answer = ask(name, rtype, ZoneText(text, origin="example"))
    assert answer.outcome == outcome


def test_wildcard_answer_has_the_asked_name() -> None:
    """The owner is made up too, a CNAME's as well."""
    answer = ask("foo.lab.test", "A", "* CNAME b\nb A 192.0.2.1")
    assert [(r.name[0], str(r)) for r in answer.answers] == [(b"foo", "CNAME b.lab.test."), (b"b", "A 192.0.2.1")]


def test_any_gives_all_record_sets() -> None:
    """ANY follows no CNAME and makes no choice."""
    assert sorted(told(ask("x.lab.test", "ANY", "x A 192.0.2.1\nx TXT t"))) == ["A 192.0.2.1", 'TXT "t"']
    assert told(ask("y.lab.test", "ANY", "y CNAME x\nx A 192.0.2.1")) == ["CNAME x.lab.test."]


def test_zones_of_one_origin_are_merged() -> None:
    """Record sets grow, duplicates do not, and a written SOA is kept."""
    zones = ("x A 192.0.2.1\nx A 192.0.2.1", "x A 192.0.2.2\n@ SOA real b 1 2 3 4 5")
    assert told(ask("x.lab.test", "A", *zones)) == ["A 192.0.2.1", "A 192.0.2.2"]
    assert told(ask("lab.test", "SOA", *zones)) == ["SOA real.lab.test. b.lab.test. 1 2 3 4 5"]


def test_merged_cname_stands_alone() -> None:
    """The conflict that only two zones together have names the second one."""
    with pytest.raises(InputError, match=r"second: x\.lab\.test has a CNAME"):
        ask("x.lab.test", "A", "x CNAME y", ZoneText("x A 192.0.2.1", source="second", origin="lab.test"))


@pytest.mark.parametrize("turn", [1, -1], ids=["derived last", "derived first"])
def test_written_record_set_wins_over_a_derived_one(turn: int) -> None:
    """Same name and type: the derived one is left out; another type is added, next to a CNAME none."""
    derived = ZoneText("x A 192.0.2.9\nx AAAA 2001:db8::9\nc A 192.0.2.9", origin="lab.test", derived=True)
    zones: list[ZoneText | str] = ["x A 192.0.2.1\nc CNAME x", derived]
    zones = zones[::turn]
    assert told(ask("x.lab.test", "A", *zones)) == ["A 192.0.2.1"]
    assert told(ask("x.lab.test", "AAAA", *zones)) == ["AAAA 2001:db8::9"]
    assert told(ask("c.lab.test", "A", *zones)) == ["CNAME x.lab.test.", "A 192.0.2.1"]


def test_derived_records_of_two_hosts_meet() -> None:
    """Two hosts at one address give it two PTR records."""
    zones = [ZoneText(f"9 PTR {name}.example.", origin="113.0.203.in-addr.arpa", derived=True) for name in "ab"]
    assert told(ask("9.113.0.203.in-addr.arpa", "PTR", *zones)) == ["PTR a.example.", "PTR b.example."]


def test_derived_zone_does_not_hide_the_written_one_around_it() -> None:
    """A reverse zone written for a /16 keeps its records, and gets the derived one."""
    written = ZoneText("8.113 PTR w.example.", origin="0.203.in-addr.arpa")
    derived = ZoneText("9 PTR d.example.", origin="113.0.203.in-addr.arpa", derived=True)
    assert told(ask("8.113.0.203.in-addr.arpa", "PTR", written, derived)) == ["PTR w.example."]
    assert told(ask("9.113.0.203.in-addr.arpa", "PTR", written, derived)) == ["PTR d.example."]


def test_derived_record_goes_into_the_zone_that_holds_its_name() -> None:
    """A written zone below the derived one would answer without it."""
    written = ZoneText("x TXT t", origin="sub.good.example")
    derived = ZoneText("mail.sub A 192.0.2.9\nwww A 192.0.2.8", origin="good.example", derived=True)
    assert told(ask("mail.sub.good.example", "A", written, derived)) == ["A 192.0.2.9"]
    assert told(ask("www.good.example", "A", written, derived)) == ["A 192.0.2.8"]


ADDED = ZoneText('@ MX 10 mx.lab.test.\n@ TXT "v=spf1 mx -all"\n', "the lab", "partner.example", added=True)


def test_added_records_are_served_where_nobody_gave_the_name() -> None:
    """The records that the lab adds are there, and are listed as master files have them."""
    assert told(ask("partner.example", "MX", "mx A 192.0.2.1", ADDED)) == ["MX 10 mx.lab.test."]
    assert added_records([ADDED]) == ("partner.example. MX 10 mx.lab.test.", 'partner.example. TXT "v=spf1 mx -all"')


@pytest.mark.parametrize("origin, owner", [("partner.example", "out"), ("example", "other"), (".", "other.test")])
def test_a_written_zone_is_the_whole_truth_about_its_names(origin: str, owner: str) -> None:
    """Nothing is added at its origin or below it, whether it has the name or not."""
    written = ZoneText(f"{owner} A 203.0.113.20", origin=origin)
    assert told(ask("partner.example", "TXT", ADDED, written)) == told(ask("partner.example", "MX", written, ADDED)) == []
    assert added_records([written, ADDED]) == ()
    outcome = "NODATA" if origin == "partner.example" else "NXDOMAIN"
    assert ask("partner.example", "MX", written, ADDED).outcome == outcome


def test_a_zone_below_takes_nothing_from_the_names_above_it() -> None:
    """Only the names that a written zone has are its own."""
    below = ZoneText("@ A 203.0.113.20", origin="out.partner.example")
    assert told(ask("partner.example", "MX", below, ADDED)) == ["MX 10 mx.lab.test."]


def test_nothing_is_added_to_the_name_of_a_host() -> None:
    """A host with the domain's own name has an implicit MX (RFC 5321 section 5.1), which an added MX would hide."""
    host = ZoneText("partner.example. A 203.0.113.60", origin="partner.example", derived=True)
    assert ask("partner.example", "MX", ADDED, host).outcome == "NODATA"
    assert told(ask("partner.example", "A", ADDED, host)) == ["A 203.0.113.60"]
    beside = ZoneText("out.partner.example. A 203.0.113.60", origin="partner.example", derived=True)
    assert told(ask("partner.example", "MX", ADDED, beside)) == ["MX 10 mx.lab.test."]


def test_an_added_zone_loses_single_names() -> None:
    """Of several added names only the given one is left out."""
    added = ZoneText("@ MX 10 mail\nmail A 203.0.113.10", origin="good.example", added=True)
    host = ZoneText("mail.good.example. A 203.0.113.9", origin="good.example", derived=True)
    assert told(ask("mail.good.example", "A", added, host)) == ["A 203.0.113.9"]
    assert added_records([added, host]) == ("good.example. MX 10 mail.good.example.",)
