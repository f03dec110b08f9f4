"""Base images: a minimal Debian of one release, with a registry or without.

A local image is used first, then one of a registry, then one made from the machine's own Debian mirror.
A base that the lab made is never tagged `debian:...`, because it is not what others expect under that name.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

from postfix_lab.engine.client import library
from postfix_lab.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from docker import APIClient

PULL_SILENCE = 10.0
"""Seconds without data from the registry after which it counts as absent."""
_MAKE_LIMIT = 900.0
_WORDS = 12


def find(release: str, present: Mapping[str, str], made: str) -> str | None:
    """Return the base image of that release: Debian's own, else the one tagged `made`, else None."""
    return present.get(f"debian:{release}-slim") or present.get(made)


def pull(api: APIClient, release: str) -> bool:
    """Pull `debian:<release>-slim`; return whether it is here now."""
    # docker-py's own pull has no limit: it would hang in a closed network that drops packets.
    url = f"{api.base_url}/v{api.api_version}/images/create"
    wanted = {"fromImage": "debian", "tag": f"{release}-slim"}
    try:
        with api.post(url, params=wanted, stream=True, timeout=PULL_SILENCE) as answer:
            return answer.ok and not any("error" in json.loads(line) for line in answer.iter_lines() if line)
    except (library().RequestException, OSError):
        return False


def make(api: APIClient, release: str, name: str, script: Path) -> None:
    """Make a base of that release from the machine's own Debian mirror, tagged `name`; raises `EngineError`."""
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
    # Podman 4.3 ignores the tag of an import, so the image is tagged afterwards.
    identity = re.search(r"sha256:[0-9a-f]{64}", answer)
    if identity is None:
        raise EngineError(f"the engine refused the base image of {release}: {answer.strip()}")
    repository, tag = name.rsplit(":", 1)
    api.tag(identity.group(), repository, tag)


def _tail(said: Any) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return "\n".join(lines[-_WORDS:]) or "it said nothing"
