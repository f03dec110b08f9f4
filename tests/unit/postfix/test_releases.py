"""The releases of Debian that are known."""

from __future__ import annotations

from postfix_lab.postfix.releases import CANCELLING, RELEASES


def test_releases() -> None:
    """By their numbers; cleanup(8) says `removed (canceled)` since Postfix 3.10, which Debian 13 has first."""
    assert RELEASES == {11: "bullseye", 12: "bookworm", 13: "trixie"}
    assert frozenset(RELEASES) - CANCELLING == {11, 12}
