"""The first thing that a lab does: its containers start while everything else is still being loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from postfix_lab.engine import cleanup, head_start
from postfix_lab.engine.client import connect
from postfix_lab.runtime.internet_plan import INTERNET
from postfix_lab.runtime.mail_host_plan import image, mail_host

if TYPE_CHECKING:
    from postfix_lab.engine.container import Containers


def launch(
    engine: str | None, releases: Iterable[int], progress: Callable[[str], None] = lambda _: None, *, kept: bool = False
) -> Containers:
    """Connect, remove what dead runs left, and start the Internet and a mail host for each release, without waiting.

    Containers that have a head start come first, and what dead runs left is removed when this one is over.
    """
    run = os.urandom(4).hex()
    labels = cleanup.labels(run, kept=kept)
    hosts = {image(debian): mail_host(debian) for debian in releases}
    plans = (INTERNET, *hosts.values()) if hosts else ()
    begun = None if kept else head_start.begin(engine, plans, labels, run)
    from postfix_lab.engine.container import Containers  # noqa: PLC0415 - while they start

    if begun is None:
        connected = connect(engine)
        cleanup.sweep(connected)
    else:
        connected = begun.engine
    containers = Containers(connected, run, labels, kept=kept, early=begun)
    containers.provide([plan.image for plan in plans], progress)
    for plan in plans:
        containers.launch(plan)
    return containers
