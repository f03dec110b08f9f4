"""What `import postfix_lab` gives: typed, documented, complete in `dir` and `help`, and cheap to import."""

from __future__ import annotations

import ast
import doctest
import inspect
import pydoc
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import pytest

import postfix_lab
from postfix_lab import Dns, Fault, Host, MakeRemote, Remote, mail
from postfix_lab.paths import ROOT

NAMES = postfix_lab.__all__
RIGHT = """
from postfix_lab import {names}

@pytest.mark.mail_host(clock=True)
def test_right(
    lab: Scene, remote: MakeRemote, dns: Dns, mail_host: MailHost, internet: Internet, tmp_path: Path
) -> None:
    dns.zone(zone_file("a.zone"))
    dns.fault("*", FaultKind.ANSWER, "A", records=("A 192.0.2.1",), transport="udp", nth=1)
    host: Remote = remote("203.0.113.9", "2001:db8::9", name="a.example", ptr=Ptr.missing(), mta=ACCEPT)
    session: Session = host.session(587, auth=Auth("ann@lab.test", "secret"), tls=True, misbehaves=bare_lf())
    seen: Evidence = lab.run(mail_host, session, *crowd(session, 3), in_turn=True, limit=5)
    seen = host.send(to=("bob@lab.test", "carol@lab.test"), until="RCPT", drop=True, via=remote("203.0.113.8"))
    check: Check = logged("Reject", stage="RCPT", code="4xx", client_ip=None)
    verdict: Verdict = lab.check(seen, check, received_spf("pass", identity="helo"), without=["quiet-log"])
    mail_host.clock.advance(days=1, seconds=2)
    seen = lab.later(mail_host, "removed", hours=5)
    other: MailHost = lab.start(13, Setup(Path("etc"), chroot=Chroot.EMPTY), number=1)
    internet.clear()
    stage: Stage = "RCPT"
    misbehaviour: Misbehaviour = nul(stage)
    file: str = explanation_data(explain(seen))["sessions"][0]["commands"][0]["said"]
"""
WRONG = {
    "from postfix_lab import nope": "attr-defined",
    "postfix_lab.nope": "attr-defined",
    'remote("203.0.113.9", prt=Ptr.missing())': "call-arg",
    'remote("203.0.113.9", ptr="missing")': "arg-type",
    "remote(203)": "arg-type",
    'remote("203.0.113.9").send(form="ann@good.example")': "call-arg",
    'remote("203.0.113.9").send(tls="yes")': "arg-type",
    'remote("203.0.113.9").send(until="RCTP")': "arg-type",
    'remote("203.0.113.9").send(misbehaves="bare-lf")': "arg-type",
    'remote("203.0.113.9").session(porrt=25)': "call-arg",
    'remote("203.0.113.9").dialogue(sendre="")': "call-arg",
    'lab.run(mail_host, remote("203.0.113.9"))': "arg-type",
    "lab.run(mail_host, at_onec=3)": "call-arg",
    "lab.later(mail_host, hour=5)": "call-arg",
    "lab.check(lab.world, accepted())": "arg-type",
    "lab.check(lab.run(mail_host), accepted)": "arg-type",
    "lab.start(13, Path())": "arg-type",
    "lab.lab": "attr-defined",
    "mail_host.clock.advance(hour=5)": "call-arg",
    'mail_host.clock.advance(hours="5")': "arg-type",
    'dns.fault("*", "SERVFAIL", nht=1)': "call-arg",
    'dns.fault("*", "SERVFAIL", transport="sctp")': "arg-type",
    "internet.lose('mail')": "arg-type",
    'logged("Reject", stag="RCPT")': "call-arg",
    'logged("Reject", code=[450])': "arg-type",
    "logged(Host)": "arg-type",
    'received_spf("pass", clientip="203.0.113.9")': "call-arg",
    'refused("RCTP", 450)': "arg-type",
}
"""A line, and the code of mypy's error about it."""
HEAD = "import pytest\nfrom pathlib import Path\nimport postfix_lab\n"
IN_A_TEST = "def test_wrong(lab: Scene, remote: MakeRemote, dns: Dns, mail_host: MailHost, internet: Internet) -> None:\n"
MOST = 0.060
"""Seconds of processor time that the import may take."""


def test_every_name_is_there() -> None:
    """`__all__`, the modules that names come from, and what can be imported are the same."""
    assert set(NAMES) == set(postfix_lab._HOME)
    assert all(getattr(postfix_lab, name) is not None for name in NAMES)
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = postfix_lab.nope  # type: ignore[attr-defined]  # that is what the test is about


def test_dir_and_help_list_every_name() -> None:
    """An editor without a type checker, and a person, find all of it."""
    text = pydoc.plain(pydoc.render_doc(postfix_lab))
    assert set(NAMES) <= set(dir(postfix_lab))
    assert [name for name in NAMES if not re.search(rf"^    (class )?{name}\b", text, re.MULTILINE)] == []


def test_help_shows_how_a_host_is_made() -> None:
    """`help(remote)`, and an editor at `remote(`, say what may be said about a host."""
    text = pydoc.plain(pydoc.render_doc(MakeRemote))
    assert all(f"{field.name}: " in text for field in fields(Host) if field.name != "addresses")


def test_a_type_checker_knows_right_from_wrong(tmp_path: Path) -> None:
    """`mypy --strict` has nothing to say about right uses, and refuses each of the wrong ones, for its own reason."""
    names = "from postfix_lab import " + ", ".join(NAMES)
    right, wrong = tmp_path / "test_right.py", tmp_path / "test_wrong.py"
    right.write_text(HEAD + RIGHT.format(names=", ".join(NAMES)))
    head = f"{HEAD}{names}\n{IN_A_TEST}"
    wrong.write_text(head + "".join(f"    {line}\n" for line in WRONG))
    # A process of its own: mypy sets the collector's thresholds, which other tests look at.
    command = [
        sys.executable, "-m", "mypy", "--strict", f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={tmp_path / 'cache'}",
        "--hide-error-context", "--no-error-summary", "--no-pretty", str(right), str(wrong),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    found = re.findall(r"^(.+?):(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.MULTILINE)
    first = head.count("\n") + 1
    assert [line for file, line, _ in found if Path(file).name == right.name] == []
    assert {int(line): code for _, line, code in found} == dict(enumerate(WRONG.values(), first))


def test_every_signature_has_its_types() -> None:
    """No parameter and no result of what users call is `Any`, or without a type."""
    values = [(name, vars(value)["__init__"]) for name, value in _classes() if is_dataclass(value)]
    assert len(values) + len(list(_functions())) > 150
    assert [name for name, function in (*values, *_functions()) if _is_vague(function)] == []


def test_every_name_has_a_docstring() -> None:
    """What each name, and each method of it, stands for is told where it is made."""
    silent = [name for name in NAMES if not _docstring(name)]
    assert silent + [name for name, function in _functions() if not inspect.getdoc(function)] == []


def test_examples_of_docstrings_run() -> None:
    """An example in a public module's docstring shows what really comes out."""
    results = [doctest.testmod(module) for home in sorted(set(postfix_lab._HOME.values())) for module in _modules(home)]
    assert sum(result.attempted for result in results) > 4
    assert sum(result.failed for result in results) == 0


@pytest.mark.parametrize("method", [Remote.dialogue, Remote.session, Remote.send])
def test_a_remote_host_says_what_mail_says(method: Callable[..., object]) -> None:
    """Each keyword of `mail` is one of these methods too, with the same type and default, but for the name in EHLO."""
    wanted = {name: parameter for name, parameter in inspect.signature(mail).parameters.items() if name != "helo"}
    assert {name: inspect.signature(method).parameters[name] for name in wanted} == wanted


def test_dns_takes_what_a_fault_is_made_of() -> None:
    """Each field of `Fault` is a parameter of `dns.fault`, in that order, with the same default."""
    of_fault, of_dns = inspect.signature(Fault).parameters, dict(inspect.signature(Dns.fault).parameters)
    of_dns["type"] = of_dns["rtype"]
    assert [name if name != "rtype" else "type" for name in inspect.signature(Dns.fault).parameters][1:] == [*of_fault]
    assert {name: of_dns[name].default for name in of_fault} == {name: of_fault[name].default for name in of_fault}


def test_the_import_is_cheap() -> None:
    """The package is also the agent's code inside the Internet, which has to start at once."""
    program = "import time; began = time.process_time(); import postfix_lab; print(time.process_time() - began)"
    took = [float(_python(program)) for _ in range(3)]
    assert min(took) < MOST


def test_importing_the_plugin_does_not_import_the_engines_libraries() -> None:
    """Whoever runs other tests beside the lab's does not pay for Docker's client."""
    program = "import sys, postfix_lab.pytest_plugin; print([m for m in ('docker', 'testcontainers') if m in sys.modules])"
    assert _python(program).strip() == "[]"


def _python(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def _modules(home: str) -> list[ModuleType]:
    """The module of that name; of a package, all that are in it as well."""
    module = import_module(home)
    return [module, *(import_module(f"{home}.{inner.name}") for inner in iter_modules(getattr(module, "__path__", ())))]


def _classes() -> list[tuple[str, type]]:
    return [(name, value) for name in NAMES if inspect.isclass(value := getattr(postfix_lab, name))]


def _functions() -> Iterator[tuple[str, Callable[..., object]]]:
    """Every public function, and every public method or property of a public class; not what it inherits."""
    yield from ((name, value) for name in NAMES if inspect.isfunction(value := getattr(postfix_lab, name)))
    for name, value in _classes():
        values = {field.name for field in fields(value)} if is_dataclass(value) else ()
        for of, raw in vars(value).items():
            member = raw.fget if isinstance(raw, property) else getattr(raw, "__func__", raw)
            named = of == "__call__" or not (of.startswith("_") or of in values)
            if named and inspect.isfunction(member):
                yield f"{name}.{of}", member


def _is_vague(function: Callable[..., object]) -> bool:
    signature = inspect.signature(function)
    types = [p.annotation for p in signature.parameters.values() if p.name not in ("self", "cls")] + [signature.return_annotation]
    return inspect.Signature.empty in types or any(re.search(r"\bAny\b|Callable\[\.\.\.|\btype\b(?!\[)", str(t)) for t in types)


def _docstring(name: str) -> str | None:
    """The docstring of a class or function, or the text below an assignment."""
    value = getattr(postfix_lab, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        text = value.__doc__
        return None if text is None or text.startswith(f"{name}(") else text  # what `dataclass` writes is none
    statements = [s for module in _modules(postfix_lab._HOME[name]) for s in ast.parse(inspect.getsource(module)).body]
    for made, below in pairwise(statements):
        if isinstance(made, ast.Assign) and name in (getattr(target, "id", "") for target in made.targets):
            return ast.unparse(below) if isinstance(below, ast.Expr) else None
    return None
