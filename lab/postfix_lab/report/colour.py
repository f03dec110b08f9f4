"""Whether colours may go somewhere: an extra that only a terminal gets, and only where NO_COLOR is not set."""

from __future__ import annotations

import os
from typing import TextIO


def wants_colour(stream: TextIO) -> bool:
    """Whether colours may go there."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
