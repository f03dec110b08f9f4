"""The documents name all that there is, their links lead somewhere, and no file sends anybody to a certain mirror."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

import postfix_lab
from postfix_lab.cli import cli
from postfix_lab.dns.fault import OUTAGES, Fault, FaultKind
from postfix_lab.fit.choices import Disk
from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.collaborators import stand_ins
from postfix_lab.fit.collaborators.dovecot import Sasl
from postfix_lab.fit.collaborators.policyd_spf import Spf
from postfix_lab.paths import ROOT
from postfix_lab.runtime.setup import Setup
from postfix_lab.scenario import misbehaviour
from postfix_lab.scenario.ptr import Ptr
from postfix_lab.smtp.answer import Oddity
from postfix_lab.smtp.certificate import Certificate
from postfix_lab.verdict import checks
from postfix_lab.verdict.checks.log_lines import event_types
from postfix_lab.verdict.guards import ASSERTION, GUARDS

PACKAGE = ROOT / "lab" / "postfix_lab"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PLUGIN = PACKAGE / "pytest_plugin" / "__init__.py"
TEXT = {".cf", ".cfg", ".conf", ".json", ".md", ".passwd", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml", ".zone", ""}
NOT_OURS = {"build", "__pycache__"}
HOSTS = {"openspf.net", "json-schema.org"}
"""Whose addresses may stand in a file: policyd-spf names one in its replies, the other is the name of a standard."""


def test_every_make_target_is_documented() -> None:
    """Whoever reads the documents learns of every target of the Makefile."""
    targets = re.findall(r"^([a-z-]+):.* ## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert "lab-test" in targets
    assert _unsaid(f"make {target}" for target in targets) == []


def test_every_command_and_option_is_documented() -> None:
    """So it is with `postfix-lab`; its commands and options are taken from their declaration."""
    context = click.Context(cli)
    commands = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    assert _unsaid(f"postfix-lab {name}" for name in commands) == []
    options = [
        o for c in (cli, *commands.values()) if c for p in c.params if isinstance(p, click.Option) for o in p.opts
    ]
    assert "--keep" in options
    assert _unsaid(options) == []


def test_every_option_and_fixture_of_the_plugin_is_documented() -> None:
    """Options of pytest and fixtures, as the plugin's source declares them."""
    source = PLUGIN.read_text()
    options = re.findall(r'addoption\(\s*"(--lab-[a-z]+)"', source)
    fixtures = re.findall(r"@pytest\.fixture[^\n]*\ndef (\w+)", source)
    assert len(options) >= 5
    assert {"lab", "remote"} <= set(fixtures)
    assert _unsaid([*options, *(f"`{name}`" for name in fixtures)]) == []


def test_every_keyword_of_the_marker_is_documented() -> None:
    """Setup's fields are the marker's keywords, with `config` for its folder, and `debian`."""
    keywords = {field.name for field in fields(Setup)} - {"configuration"} | {"config", "debian"}
    marker = re.search(r"mail_host\(([^`]*)\)`", (ROOT / "docs" / "cookbook.md").read_text())
    assert marker is not None
    assert set(re.findall(r"(\w+)=", marker[1])) == keywords


@pytest.mark.parametrize(
    "names",
    [
        [name for name in checks.__all__ if name.islower()],
        [*GUARDS, ASSERTION],
        list(event_types()),
        [str(state) for state in Chroot],
        [str(kind) for kind in FaultKind],
        [name for name in misbehaviour.__all__ if name not in ("ABUSES", "Misbehaviour")],
        [*misbehaviour.ABUSES],
        [str(word) for kind in (Oddity, Certificate, stand_ins("policy"), Spf, Sasl, Disk) for word in kind],
        [f"Ptr.{name}" for name, member in vars(Ptr).items() if isinstance(member, classmethod)],
    ],
    ids=["checks", "guards", "log events", "chroot states", "faults", "misbehaviours", "abuses of BDAT", "failures", "PTR"],
)
def test_every_name_that_a_scenario_may_use_is_documented(names: list[str]) -> None:
    """The cookbook's reference has every word of the lab's small language, in code letters."""
    code = " ".join(re.findall(r"`([^`\n]+)`", (ROOT / "docs" / "cookbook.md").read_text()))
    assert [name for name in names if not _says(code, name)] == []


def test_table_of_faults_is_the_declaration() -> None:
    """Each kind has one row, which says whether it is an outage."""
    section = (ROOT / "docs" / "cookbook.md").read_text().partition("### DNS faults\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| (`[^|]+) \|.*\| (yes|no) \|$", section, re.MULTILINE)
    told = [(kind, word == "yes") for kinds, word in rows for kind in re.findall(r"`(\w+)`", kinds)]
    assert sorted(told) == sorted((kind.value, kind in OUTAGES) for kind in FaultKind)
    assert [field.name for field in fields(Fault)[4:] if f"`{field.name}`" not in section] == []


def test_every_public_name_is_documented_or_a_result() -> None:
    """What a test may import from `lab` occurs in the cookbook, save for types of what it only gets back."""
    results = {"Evidence", "Exchange", "Explanation", "Reply", "Transcript", "Verdict", "Scenario", "Session", "Host", "World"}
    errors = {"EngineError", "InputError", "LabError", "ScenarioFailed"}
    text = (ROOT / "docs" / "cookbook.md").read_text()
    programmatic = {"Fault", "FaultKind", "mail", "save", "zone"}
    assert {name for name in postfix_lab.__all__ if not _says(text, name)} <= results | errors | programmatic


def test_every_room_is_on_the_map() -> None:
    """A module that the map does not show is one that nobody finds."""
    text = (ROOT / "docs" / "map.md").read_text()
    packages = set(re.findall(r"`([\w/]+/)`", text))
    rooms = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]
    lost = [str(r) for r in rooms if not any(str(r).startswith(p) for p in packages) and not _says(text, r.name)]
    assert lost == []


def test_modules_that_are_named_exist() -> None:
    """A docstring or comment of the package that names a module names one that is there."""
    there = [str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py")]
    named = re.compile(r"`((?:\w+/)*\w+\.py)`")
    foreign = {"testspf.py"}  # The driver of the SPF test suites.
    lost = [
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in PACKAGE.rglob("*.py")
        for name in named.findall(path.read_text())
        if name not in foreign and not any(f"/{file}".endswith(f"/{name}") for file in there)
    ]
    assert lost == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """Every link is to a file of the project, and to a heading that it has."""
    lost = []
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", document.read_text()):
        path, _, heading = target.partition("#")
        place = (document.parent / path) if path else document
        if not place.exists() or (heading and heading not in _headings(place)):
            lost.append(target)
    assert lost == []


def test_every_decision_has_its_page_in_order() -> None:
    """A decision's page has its number, a date and the three parts, on half a page."""
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text()
        assert text.startswith(f"# {page.name[:4]}: ")
        assert re.search(r"^\d{4}-\d\d-\d\d$", text, re.MULTILINE)
        assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert len(text.splitlines()) <= 50


def test_no_file_names_a_mirror_or_an_index() -> None:
    """The lab uses the mirrors that a machine is set up with, so no file has the address of one."""
    host = re.compile(r"\b(?:https?|ftp)://(?:www\.)?([\w.-]+\.[a-z]{2,})")
    mirror = re.compile(
        r"(?i)\b(?:deb|ftp|mirrors?|archive|snapshot|security)\.(?:[a-z]{2}\.)?(?:debian|ubuntu)\.[a-z]+"
    )
    own = (".example", ".test")
    found = []
    for path in _files():
        text = path.read_text("utf-8", "replace")
        hosts = {name for name in host.findall(text) if name not in HOSTS and not name.endswith(own)}
        found += [f"{path.relative_to(ROOT)}: {name}" for name in (*hosts, *mirror.findall(text))]
    assert found == []


def _unsaid(words: Iterator[str] | list[str]) -> list[str]:
    everything = "\n".join(document.read_text() for document in DOCUMENTS)
    return [word for word in words if not _says(everything, word)]


def _says(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def _headings(document: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in found}


def _files() -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part not in (".ci", ".github") for part in parts)
        foreign = hidden or NOT_OURS & set(parts) or any(part.endswith(".egg-info") for part in parts)
        if not foreign and path.suffix in TEXT and path.is_file():
            yield path
