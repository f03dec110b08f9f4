"""The pytest plugin in a process of its own: what it counts as what, what it prints, and what it starts."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from postfix_lab.engine import cleanup
from postfix_lab.engine.client import Engine
from tests.selftest.command import Command
from tests.selftest.inner import Done, Inner

ALL_ENDS = """
    import pytest
    from postfix_lab import LabError, Ptr, accepted, asked, refused

    pytestmark = pytest.mark.mail_host()

    def test_passes(lab, remote, whereabouts):
        lab.check(remote("203.0.113.10").send(), accepted())

    def test_fails(lab, remote):
        seen = remote("203.0.113.9", ptr=Ptr.missing()).send()
        lab.check(seen, refused("RCPT", 550, "5.7.1"))

    def test_sees_nothing(lab, remote, dns):
        dns.fault("nobody.example", "SERVFAIL")
        lab.check(remote("203.0.113.10").send(), accepted())

    def test_forgets_to_check(lab, remote):
        remote("203.0.113.10").send()

    def test_asserts_nothing(lab, remote):
        lab.check(remote("203.0.113.10").send())

    def test_is_wrong_in_python():
        assert 1 == 2

    def test_loses_its_internet(lab, remote):
        lab.internet.container.remove()
        lab.check(remote("203.0.113.10").send(), accepted())

    def test_comes_after_the_end_of_the_world(lab, remote):
        lab.check(remote("203.0.113.10").send(), accepted())
"""
PASSES = """
    from postfix_lab import accepted

    def test_passes(lab, remote, whereabouts):
        lab.check(remote("203.0.113.10").send(), accepted())

    def test_passes_again(lab, remote, whereabouts):
        lab.check(remote("203.0.113.11").send(), accepted())
"""
ENGINE = """
    def test_needs_a_lab(lab, mail_host):
        pass
"""


@pytest.fixture
def all_ends(inner: Inner) -> Done:
    """A run in which tests end in every way there is."""
    return inner.run(ALL_ENDS, "--junitxml=junit.xml")


def test_every_way_to_end(all_ends: Done, inner: Inner) -> None:
    """A failure is a failure, a broken lab is an error, the exit code is 1, and nothing is left of it."""
    cases = ET.parse(inner.folder / "junit.xml").iter("testcase")  # noqa: S314 - the lab wrote it itself
    ends = {
        case.get("name", "").partition("[")[0]: [end.tag for end in case if end.tag != "properties"] for case in cases
    }
    assert ends == {
        "test_is_wrong_in_python": ["failure"],
        "test_passes": [],
        "test_fails": ["failure"],
        "test_sees_nothing": ["error"],
        "test_forgets_to_check": ["error"],
        "test_asserts_nothing": ["error"],
        "test_loses_its_internet": ["error"],
        "test_comes_after_the_end_of_the_world": ["error"],
    }
    assert "2 failed, 1 passed, 5 errors" in all_ends.output
    assert all_ends.code == 1
    assert inner.left() == {}
    _tells_a_story(all_ends.output, inner.evidence)
    _says_what_was_run(all_ends.output)


def _tells_a_story(output: str, evidence: Path) -> None:
    """On one screen, in the order of STYLE.md, and without a traceback."""
    lines = output[output.index("FAIL  ") :].splitlines()
    told = lines[: next(n for n, line in enumerate(lines) if line.startswith("  replay")) + 1]
    labels = [line[2:10].strip() for line in told[1:] if line[2:10].strip()]
    assert labels == ["want", "got", "session", "dns", "log", "host", "deltas", "kept", "replay"]
    assert len(told) < 40
    assert sum("<** here" in line for line in told) >= 1
    assert "replay   postfix-lab run 'test_inner.py::test_fails[12]'" in told[-1]
    kept = Path(told[-2].split()[-1])
    assert kept.parent == evidence / "latest"
    assert (kept / "transcript.txt").exists()
    assert "Traceback" not in output
    assert "lab/postfix_lab/scene.py" not in output


def _says_what_was_run(output: str) -> None:
    """Engine, images, Debian and Postfix versions stand at the top, a table by release and chroot at the end."""
    top = output[: output.index("FAILURES")]
    for said in ("postfix-lab: ", "Debian 12 (bookworm): Postfix 3.7", "policyd-spf 3.", "image sha256:"):
        assert said in top
    row = next(line.split() for line in output.splitlines() if line.startswith("debian 12"))
    assert row[:6] == ["debian", "12", "packaged", "1", "1", "5"]


def test_xdist_gives_each_worker_a_lab(inner: Inner) -> None:
    """Two workers have two labs at once with one folder of evidence, and both labs go."""
    done = inner.run(PASSES, "-n2", "--dist=loadgroup", debian="12,13")
    labs = inner.labs()
    assert done.code == 0, done.output
    assert sorted(lab["worker"] for lab in labs) == ["gw0", "gw1"]
    assert min(lab["containers"] for lab in labs) >= 2
    assert len(list((inner.evidence / "latest").glob("*test_passes*"))) == 4
    assert inner.left() == {}


def test_a_lab_that_is_kept_can_be_cleaned_away(inner: Inner) -> None:
    """`--lab-keep` leaves the containers for a look around; `postfix-lab clean` removes them."""
    assert inner.run(PASSES, "--lab-keep").code == 0
    assert len(inner.containers()) == 2
    assert set(cleanup.find_abandoned(inner.engine)).isdisjoint(inner.containers())
    names = inner.containers()
    assert sorted(inner.clean()) == sorted(name.lstrip("/") for name in names)
    assert inner.left() == {}


def test_no_engine(inner: Inner) -> None:
    """Without an engine the run ends at once with a sentence that says what was tried and what to do."""
    done = inner.run(ENGINE, DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.code == pytest.ExitCode.USAGE_ERROR
    assert "No container engine answers (unix:///nowhere/docker.sock: No such file" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "marker, said",
    [
        ("config='sede'", "there is no configuration 'sede'"),
        ("chroot='emtpy'", "'emtpy' is no chroot state; did you mean empty?"),
        ("mian={}", "'mian' is no keyword of it; did you mean main?"),
    ],
)
def test_a_mistake_in_the_marker(inner: Inner, marker: str, said: str) -> None:
    """Whoever writes a marker wrongly is told which test it is, before anything starts."""
    module = f"import pytest\n\n@pytest.mark.mail_host({marker})\ndef test_it(mail_host):\n    pass\n"
    done = inner.run(module)
    assert done.code == 2
    assert f"test_inner.py::test_it: @pytest.mark.mail_host: {said}" in done.output
    assert "pluggy" not in done.output.partition("collected")[2]


def test_the_marker_of_a_parameter(inner: Inner) -> None:
    """What `pytest.param(..., marks=...)` says of the mail host counts, and before what the whole test says."""
    module = """
    import pytest

    OTHER = pytest.mark.mail_host(main={"unknown_client_reject_code": "554"})

    @pytest.mark.mail_host(chroot=["packaged", "off"], main={"unknown_client_reject_code": "551"}, canary=False)
    @pytest.mark.parametrize("code", ["551", pytest.param("554", marks=OTHER)])
    def test_it(mail_host, code):
        assert mail_host.shell("postconf -h unknown_client_reject_code").strip() == code
        assert mail_host.setup.canary is False

    class TestOfAClass:
        @pytest.mark.parametrize("code", ["450", pytest.param("554", marks=OTHER)])
        def test_it(self, mail_host, code):
            assert mail_host.shell("postconf -h unknown_client_reject_code").strip() == code
    """
    done = inner.run(module, "-v")
    assert done.code == 0, done.output
    assert done.output.count("PASSED") == 6


def test_a_parameter_does_not_multiply(inner: Inner) -> None:
    """Releases and chroot states make several tests of one; a parameter of one of them comes too late for that."""
    mark = "pytest.mark.mail_host(chroot='off', debian=12)"
    module = f"""
    import pytest

    @pytest.mark.parametrize("number", [1, pytest.param(2, marks={mark})])
    def test_it(mail_host, number):
        pass
    """
    done = inner.run(module)
    assert done.code == 2
    assert "test_it[12-2]: @pytest.mark.mail_host in a pytest.param: put chroot and debian in the marker" in done.output


AMBIGUOUS = """
from postfix_lab import accepted, decided

def test_names_nobody(lab, remote):
    lab.check(remote("203.0.113.10").send(to=["bob@lab.test", "eve@far.example"]), decided("accept"))

def test_is_right(lab, remote):
    lab.check(remote("203.0.113.10").send(), accepted())
"""
AMBIGUOUS_YAML = """
schema: postfix-lab/v1
tests:
  names-nobody:
    to: [bob@lab.test, eve@far.example]
    expect: {verdict: accept}
"""


@pytest.mark.parametrize("name, text", [("test_ambiguous.py", AMBIGUOUS), ("ambiguous.yaml", AMBIGUOUS_YAML)], ids=["python", "yaml"])
def test_mistake_in_a_test(engine: Engine, tmp_path: Path, name: str, text: str) -> None:
    """An error with its sentence, exit code 2; pytest itself ends with 1 as for every error, and the other test is run."""
    (tmp_path / name).write_text(text)
    typed = Command(tmp_path)
    done = typed("run", name, "--debian", "12", "--engine", engine.name)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "the recipients' outcomes differ (bob@lab.test accept 250 2.0.0, eve@far.example reject 554 5.7.1)" in done.stdout
    assert " -> a mistake in the test or its configuration  " in done.stdout
    assert ("1 passed, 1 error" if name.endswith(".py") else "1 error") in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert typed.line(f"{sys.executable} -m pytest --lab-debian=12 --lab-engine={engine.name} {name}").returncode == 1
