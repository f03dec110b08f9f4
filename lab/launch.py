"""The first thing that a lab does: its containers start while everything else is still being loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lab.engine import cleanup
from lab.engine.client import connect
from lab.engine.container import Containers
from lab.internet.container import INTERNET
from lab.mailhost.container import image, mail_host


def launch(
    engine: str | None, releases: Iterable[int], progress: Callable[[str], None] = lambda _: None, *, kept: bool = False
) -> Containers:
    """Connect, remove what dead runs left, and start the Internet and a mail host for each release, without waiting."""
    containers = Containers(connect(engine), kept=kept)
    cleanup.sweep(containers.engine)
    plans = {image(debian): mail_host(debian) for debian in releases}
    if plans:
        containers.provide((INTERNET.image, *plans), progress)
        for plan in (INTERNET, *plans.values()):
            containers.launch(plan)
    return containers
