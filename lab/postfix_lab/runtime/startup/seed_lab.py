"""Opens a lab in containers that are starting; imported meanwhile, because it takes about as long as they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.lab import Lab, open_lab
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target

if TYPE_CHECKING:
    from postfix_lab.engine.container import Containers


@contextmanager
def open_seed_lab(launched: Containers, releases: Sequence[int], progress: Callable[[str], None]) -> Iterator[Lab]:
    """Open a lab in these containers; mail hosts of these releases boot with the seed configuration, not waited for."""
    with open_lab(progress=progress, launched=launched) as lab:
        lab.start_mail_hosts([Target(debian, Setup(CONFIGURATIONS / "seed")) for debian in releases])
        yield lab
