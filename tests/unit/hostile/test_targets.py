"""Every target of `make fuzz`, for a moment: its seeds, any octets, and seeds with something changed in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS
from tests.unit.hostile.profile import tried

_PIECES = st.one_of(st.binary(max_size=6), st.sampled_from([b"\0", b"\n", b"\x1b[2J", b'"', b"<", b">", b"[" * 300, b"; from=<", b"\xc0\x0c"]))


@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name: str) -> None:
    """What is well-formed passes: nothing is raised, and each target has something to begin with."""
    assert len(TARGETS[name].seeds) > 0
    for seed in TARGETS[name].seeds:
        TARGETS[name].take(seed)


@pytest.mark.parametrize("name", TARGETS)
@tried()
@given(st.data())
def test_whatever_comes(name: str, data: st.DataObject) -> None:
    """No crash, no hang, no wrong classification."""
    target = TARGETS[name]
    octets = data.draw(st.one_of(st.binary(max_size=60), st.sampled_from(target.seeds)))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(octets)))
        octets = octets[:at] + data.draw(_PIECES) + octets[at + data.draw(st.integers(0, 4)) :]
    target.take(octets)
