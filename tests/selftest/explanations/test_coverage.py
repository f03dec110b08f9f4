"""Coverage as an option of pytest: what it demands, where it is kept, and that the trace comes with it."""

from __future__ import annotations

import pytest

from postfix_lab.report.coverage_table import load_coverage
from tests.selftest.inner import Inner

ONE = """
    from postfix_lab import Ptr, decided_by, refused

    def test_one(lab, remote, whereabouts):
        seen = remote("203.0.113.9", ptr=Ptr.missing()).send()
        lab.check(seen, refused("RCPT", 450), decided_by("reject_unknown_reverse_client_hostname"))
"""
UNTRACED = """
    import pytest
    from postfix_lab import accepted

    @pytest.mark.mail_host(trace=False)
    def test_untraced(lab, remote, whereabouts):
        lab.check(remote("203.0.113.9").send(), accepted())
"""
NONE = """
    def test_none():
        pass
"""


@pytest.mark.parametrize("threshold, code", [("40", 0), ("80", 1)])
def test_threshold(inner: Inner, threshold: str, code: int) -> None:
    """Too little is exit code 1 with a sentence that names what was never evaluated; enough is none."""
    done = inner.run(ONE, f"--lab-coverage-threshold={threshold}")
    assert done.code == code, done.output
    assert "coverage of seed: 3 of 7 restrictions evaluated, 43 %" in done.output
    missed = "The coverage of seed is 43 %, and 80 % are wanted: reject_unauth_destination (main.cf:39), "
    assert (missed in done.output) == bool(code)
    assert "master.cf:8) were never evaluated." in done.output or not code


def test_folder_of_its_own(inner: Inner) -> None:
    """`--lab-coverage=DIR` keeps it there, and what was seen is still evidence."""
    done = inner.run(ONE, f"--lab-coverage={inner.folder / 'there'}")
    assert done.code == 0, done.output
    (seed,) = load_coverage(inner.folder / "there")
    assert round(seed.percent) == 43
    assert list(inner.evidence.glob("latest/*/evidence.json"))


@pytest.mark.parametrize(
    "module, option, code, said",
    [
        (NONE, "--lab-coverage-threshold=1", 1, "Nothing was covered"),
        (UNTRACED, "--lab-coverage-threshold=1", 1, "Nothing was covered"),
        (NONE, "--lab-coverage-threshold=-1", 4, "takes a percentage from 0 to 100; it was -1"),
        (ONE, "--lab-coverage=/proc/nowhere", 3, "could not be kept in /proc/nowhere"),
    ],
)
def test_what_cannot_be_is_told(inner: Inner, module: str, option: str, code: int, said: str) -> None:
    """A threshold without sessions or without a trace, one that is no percentage, a folder that cannot be written."""
    done = inner.run(module, option)
    assert (done.code, said in done.output) == (code, True), done.output
    assert "Traceback" not in done.output
