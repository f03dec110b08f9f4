"""Base images: a bare Debian of one release, with a registry or without.

One that is there is taken, then one that a registry hands out, then one that is made from the
machine's own Debian mirror. A base that the lab made is never called `debian:...`, because it is not
what others expect under that name.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

from postfix_lab.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from docker import APIClient

PULL_SILENCE = 10.0
"""Seconds without a word from the registry after which there is none."""
_MAKE_LIMIT = 900.0
_WORDS = 12


def find(release: str, present: Mapping[str, str], made: str) -> str | None:
    """The image that serves as base of that release: Debian's own, else the one called `made`, else none."""
    return present.get(f"debian:{release}-slim") or present.get(made)


def pull(api: APIClient, release: str) -> bool:
    """Whether a registry answered and `debian:<release>-slim` is here now."""
    from requests.exceptions import RequestException  # noqa: PLC0415 - see the first lines of client.py

    # docker-py's own pull waits for ever, which a closed network that drops packets would take up.
    url = f"{api.base_url}/v{api.api_version}/images/create"
    wanted = {"fromImage": "debian", "tag": f"{release}-slim"}
    try:
        with api.post(url, params=wanted, stream=True, timeout=PULL_SILENCE) as answer:
            return answer.ok and not any("error" in json.loads(line) for line in answer.iter_lines() if line)
    except (RequestException, OSError):
        return False


def make(api: APIClient, release: str, name: str, script: Path) -> None:
    """Make a base of that release from the machine's own Debian mirror and call it `name`."""
    with tempfile.TemporaryFile(prefix="postfix-lab-") as archive, tempfile.TemporaryFile() as said:
        try:
            done = subprocess.run([script, release], stdout=archive, stderr=said, timeout=_MAKE_LIMIT, check=False)
            status = done.returncode
        except subprocess.TimeoutExpired:
            status = -1
        if status:
            raise EngineError(
                f"No registry hands out debian:{release}-slim, and making it from this machine's Debian mirror failed "
                f"(`{script} {release}`, status {status}): {_tail(said)}"
            )
        archive.seek(0)
        answer = api.import_image(src=archive)
    # Podman 4.3 forgets the tag that an import names, so the name is given afterwards.
    identity = re.search(r"sha256:[0-9a-f]{64}", answer)
    if identity is None:
        raise EngineError(f"the engine refused the base image of {release}: {answer.strip()}")
    repository, tag = name.rsplit(":", 1)
    api.tag(identity.group(), repository, tag)


def _tail(said: Any) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return "\n".join(lines[-_WORDS:]) or "it said nothing"
