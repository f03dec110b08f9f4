"""Starts the containers of a lab while the other modules are still being loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from postfix_lab.engine import cleanup, head_start
from postfix_lab.engine.client import connect
from postfix_lab.engine.container import Containers
from postfix_lab.runtime.internet_plan import INTERNET
from postfix_lab.runtime.mail_host_plan import image, mail_host


def launch(
    engine: str | None, releases: Iterable[int], progress: Callable[[str], None] = lambda _: None, *, kept: bool = False
) -> Containers:
    """Connect, remove containers of dead runs, and start the Internet and a mail host for each release; does not wait.

    With a head start the containers of dead runs are removed at the end of this run instead.
    """
    run = os.urandom(4).hex()
    labels = cleanup.labels(run, kept=kept)
    hosts = {image(debian): mail_host(debian) for debian in releases}
    plans = (INTERNET, *hosts.values()) if hosts else ()
    begun = None if kept else head_start.start_early(engine, plans, labels, run)
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
