"""One target under atheris: `python -m tests.fuzz.guided TARGET [CORPUS] [libFuzzer's options]`.

The lab's own modules are instrumented while they are imported, so that the fuzzer sees which input led to something new.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["postfix_lab"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name].take)
    atheris.Fuzz()
