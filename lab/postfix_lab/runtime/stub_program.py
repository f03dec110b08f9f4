"""The program of the stubs as files for a mail host, and what its stubs were given."""

from __future__ import annotations

import json
from inspect import getfile
from pathlib import Path
from typing import TYPE_CHECKING

from postfix_lab.errors import LabError
from postfix_lab.fit.programs import STUB
from postfix_lab.inside.mailhost import init, milter_stub, policy_stub, stub, stub_rules, table_stub
from postfix_lab.serialization import from_json
from postfix_lab.smtp.filter_request import FilterRequest

if TYPE_CHECKING:
    from postfix_lab.runtime.init_process import InitProcess

_PACKAGE = "postfix_lab/inside/mailhost"


def stub_files() -> dict[str, str]:
    """Return the texts of the program and of the modules that it imports, by their path in the mail host."""
    folder = f"{STUB.rpartition('/')[0]}/{_PACKAGE}"
    modules = (milter_stub, policy_stub, stub_rules, table_stub)
    files = {STUB: getfile(stub), **{f"{folder}/{Path(getfile(one)).name}": getfile(one) for one in modules}}
    return {path: Path(file).read_text("utf-8") for path, file in files.items()}


def forget_requests(process: InitProcess, name: str) -> None:
    """Have the stubs of that daemon forget what they were given, and count what their rules match anew."""
    process.ask(init.ask_stubs)(name, "forget")


def given_requests(process: InitProcess, name: str) -> tuple[FilterRequest, ...]:
    """Return what the stubs were given since then, in order; raises `LabError` if their program has a fault."""
    told = json.loads(process.ask(init.ask_stubs)(name, "tell"))
    if failed := next((one for one in told if one["stage"] == stub_rules.FAILED), None):
        raise LabError(f"the stand-in of a {failed['role']} at {failed['server']} has a fault: {failed['answer']}")
    return tuple(from_json(FilterRequest, one) for one in told)
