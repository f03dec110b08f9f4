"""The engine's frames, taken apart whatever the boundaries are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from postfix_lab.engine.attach_frames import AttachFrames
from tests.unit.hostile.profile import tried


def frame(kind: int, data: bytes) -> bytes:
    """One frame of the attach protocol."""
    return bytes([kind, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


@tried()
@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=20))), st.integers(1, 30))
def test_both_outputs_come_apart(written: list[tuple[int, bytes]], size: int) -> None:
    """Each has its octets in their order, with frames cut anywhere and of any length."""
    frames, octets = AttachFrames(), b"".join(frame(*one) for one in written)
    output = b"".join(frames.add(octets[at : at + size]) for at in range(0, len(octets), size))
    assert output == b"".join(data for kind, data in written if kind == 1)
    assert frames.errors == b"".join(data for kind, data in written if kind == 2).decode(errors="replace").strip()


def test_a_frame_without_an_end_is_passed_on() -> None:
    """One that announces 4 GB fills no memory: what has come of it is handed out."""
    frames = AttachFrames()
    assert frames.add(bytes([1, 0, 0, 0, 255, 255, 255, 255]) + b"abc") == b"abc"
    assert frames.add(b"def") == b"def"


def test_standard_error_is_kept_in_part() -> None:
    """The end of it: what a container says last."""
    frames = AttachFrames()
    for _ in range(10):
        frames.add(frame(2, b"x" * 100_000 + b"\nlast"))
    assert len(frames.errors) <= 1 << 16
    assert frames.errors.endswith("\nlast")
