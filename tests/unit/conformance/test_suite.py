"""The SPF test suite is read as data, and nothing else is taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.conformance.suite import load_suite, read_suite
from postfix_lab.errors import InputError

SAMPLE = """
description: A sample
tests:
  one: {spec: 4.3/1, helo: mail.a.example, host: '::FFFF:1.2.3.4', mailfrom: x@a.example, result: [pass, none]}
  two: {helo: mail.a.example, host: 'CAFE:BABE::1', mailfrom: '', result: fail, explanation: Not here}
zonedata:
  a.example: [{SPF: v=spf1 -all}]
"""
CASE = "tests: {a: {helo: h, host: HOST, mailfrom: m, result: RESULT}}\nzonedata: {a.example: []}\n"


def test_a_chapter_and_its_cases() -> None:
    """A mapped address is an IPv4 client; an empty sender leaves HELO to be judged."""
    suite = read_suite(SAMPLE, "sample")
    one, two = suite.cases.values()
    assert (one.client, one.identity, one.results) == ("1.2.3.4", "mailfrom", ("pass", "none"))
    assert (two.client, two.identity, two.explanation) == ("cafe:babe::1", "helo", "Not here")
    assert suite.chapters[0].zonedata == {"a.example": [{"SPF": "v=spf1 -all"}]}


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "there is no case in it"),
        ("{", "it is not YAML"),
        ("- 1\n", "document 1 has no tests"),
        ("a: 2020-99-99\n", "it is not YAML that can be read: ValueError"),
        ("tests: {1: {}}\nzonedata: {}\n", "document 1 has no tests with names"),
        ("tests: {a: {helo: 1, host: x, mailfrom: y}}\nzonedata: {}\n", "case a of 'document 1' needs helo, host, mailfrom as text"),
        ("tests: {a: x}\nzonedata: {}\n", "case a of 'document 1' needs helo"),
        (f"{SAMPLE}---{SAMPLE}", "two cases are called one, two"),
        (CASE.replace("HOST", "1.2.3").replace("RESULT", "pass"), "case a of 'document 1'"),
        (CASE.replace("HOST", "1.2.3.4").replace("RESULT", "maybe"), "a result is one of pass, fail"),
    ],
)
def test_what_is_no_suite(text: str, said: str) -> None:
    """Whatever stands there, it is a sentence that names the file."""
    with pytest.raises(InputError, match=said):
        read_suite(text, "sample", "sample.yml")


def test_a_result_of_any_shape_is_refused() -> None:
    """A result that is a table, or a list with one in it, is told as what it is (found by `make fuzz`)."""
    for result in ("{a: b}", "[{a: b}]", "[]", "7"):
        text = f"tests: {{a: {{helo: h, host: 1.2.3.4, mailfrom: m, result: {result}}}}}\nzonedata: {{}}\n"
        with pytest.raises(InputError, match=r"case a of .* wants"):
            read_suite(text, "s")


def test_a_suite_in_a_file(tmp_path: Path) -> None:
    """It is named after its file; one that is missing is a sentence with the remedy."""
    path = tmp_path / "sample-tests.yml"
    path.write_text(SAMPLE)
    assert load_suite(path) == read_suite(SAMPLE, "sample", str(path))
    with pytest.raises(InputError, match="the SPF test suite is not there: No such file or directory; `make suite` fetches it"):
        load_suite(tmp_path / "none.yml")
