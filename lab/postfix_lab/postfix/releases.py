"""Releases of Debian whose Postfix is known here."""

from __future__ import annotations

RELEASES = {11: "bullseye", 12: "bookworm", 13: "trixie"}
"""The releases of Debian that a mail host can be, with their names."""
CANCELLING = frozenset({13})
"""The releases whose cleanup(8) logs `removed (canceled)` for a message that was never completed: Postfix 3.10."""
