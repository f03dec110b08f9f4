"""The lab's images: identified by a digest of their content, built when they are missing.

A mail host's image has variants: the default one of each release has what most collaborators
need, and only these are built by `make images`; a variant has further packages, and is built when a setup needs it.

An image's tag has a digest of its Dockerfile and the files beside it. So an image with that tag
is up to date, no manual build is needed, and the check is one request to the engine.
The Dockerfile alone says what is installed, whatever its base is.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postfix_lab.engine import base_image
from postfix_lab.engine.build_context import archive, digest
from postfix_lab.engine.client import connect, engine_errors
from postfix_lab.errors import EngineError, InputError, LabError
from postfix_lab.paths import lock_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from postfix_lab.engine.client import Engine

    Progress = Callable[[str], None]

RELEASES = ("bullseye", "bookworm", "trixie")
CONTAINERS = Path(__file__).parents[3] / "containers"
_REPOSITORY = "postfix-lab"
_PARALLEL = 3
_WORDS = 15
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
"""The name of a package (Debian Policy 5.6.1)."""


@dataclass(frozen=True)
class Image:
    """One image: `kind` is its folder under `containers/`, `release` its Debian release."""

    kind: str
    release: str
    packages: tuple[str, ...] = ()
    """Packages that a variant has besides those of its Dockerfile."""

    @property
    def name(self) -> str:
        """The lab's name for it: `internet`, `postfix-bookworm`, `postfix-bookworm:opendkim,opendkim-tools`."""
        return variant(self.kind if self.kind == "internet" else f"{self.kind}-{self.release}", self.packages)

    @property
    def tag(self) -> str:
        """The engine's tag for it: `postfix-lab/postfix:bookworm-0123456789ab`."""
        return f"{_REPOSITORY}/{self.kind}:{self.release}-{self._digest()}"

    @property
    def libraries(self) -> bool:
        """Whether the agent's libraries go into it."""
        return self.kind == "internet"

    def _digest(self) -> str:
        folder, base = CONTAINERS / self.kind, CONTAINERS / "base.sh"
        return digest(folder, base, libraries=self.libraries, packages=self.packages)


def variant(name: str, packages: Iterable[str]) -> str:
    """Return the name of the variant of an image with these extra packages.

    >>> variant("postfix-trixie", ["opendkim-tools", "opendkim"])
    'postfix-trixie:opendkim,opendkim-tools'
    """
    return ":".join(filter(None, (name, ",".join(sorted(packages)))))


IMAGES = {image.name: image for image in (Image("internet", "bookworm"), *(Image("postfix", r) for r in RELEASES))}

"""The default images, by their names."""


def find(name: str) -> Image:
    """Return the image of that name; raises `InputError` if there is none. Only mail hosts have variants."""
    default, _, words = name.partition(":")
    packages = tuple(words.split(",")) if words else ()
    if default not in IMAGES or (packages and IMAGES[default].kind == "internet"):
        raise InputError(f"there is no image {name!r}; the lab has {', '.join(IMAGES)}")
    if odd := [package for package in packages if not _PACKAGE.fullmatch(package)]:
        raise InputError(f"{odd[0]!r} is no name of a Debian package")
    return replace(IMAGES[default], packages=packages)


def ensure(engine: Engine, wanted: Sequence[str], progress: Progress = lambda _: None) -> dict[str, str]:
    """Return image ids by name (`internet`, `postfix-<release>`, variants of that); missing ones are built.

    `progress` gets a line at the start and at the end of each step that takes longer than two seconds.
    """
    images = [find(name) for name in dict.fromkeys(wanted)]
    present = list_tags(engine)
    if any(image.tag not in present for image in images):
        with lock_folder(CONTAINERS):  # Several workers of one run need the same images.
            _build_missing(engine, images, progress)
        present = list_tags(engine)
    return {image.name: present[image.tag] for image in images}


def missing_images(engine: Engine) -> list[str]:
    """Return the names of the default images that have to be built."""
    present = list_tags(engine)
    return [image.name for image in IMAGES.values() if image.tag not in present]


def remove(engine: Engine) -> list[str]:
    """Remove every image of the lab, also of other versions of the lab; return their tags."""
    mine = [name for name in list_tags(engine) if name.startswith(f"{_REPOSITORY}/")]
    for name in sorted(mine, key=lambda name: name.startswith(f"{_REPOSITORY}/base:")):  # bases last
        engine.client.api.remove_image(name, force=True)
    return mine


def list_tags(engine: Engine) -> dict[str, str]:
    """Return the engine's tags with their image ids; Podman's prefixes are removed."""
    with engine_errors("listing the images"):
        listed = engine.client.api.images()
    return ids_by_tag(listed)


def ids_by_tag(listed: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return image ids by tag from the answer of ImageList (Docker Engine API)."""
    return {strip_registry(tag): str(image["Id"]) for image in listed for tag in image.get("RepoTags") or ()}


def strip_registry(tag: str) -> str:
    """Return a tag as Docker writes it; Podman puts a registry in front, even if there is none.

    >>> short("docker.io/library/debian:trixie-slim")
    'debian:trixie-slim'
    """
    return tag.removeprefix("localhost/").removeprefix("docker.io/").removeprefix("library/")


def _build_missing(engine: Engine, images: Sequence[Image], progress: Progress) -> None:
    present = list_tags(engine)
    needed = [image for image in images if image.tag not in present]
    releases = list(dict.fromkeys(image.release for image in needed))
    _pull_bases(engine, [r for r in releases if base_image.find(r, present, _base_tag(r)) is None], progress)
    with ThreadPoolExecutor(_PARALLEL, thread_name_prefix="images") as pool:
        # The bases are submitted first, so that no build waits for a base that never gets a thread.
        bases = {release: pool.submit(_ensure_base, engine, release, progress) for release in releases}
        builds = [pool.submit(_build, engine, image, bases[image.release], progress) for image in needed]
    for build in builds:
        build.result()


def _base_tag(release: str) -> str:
    return f"{_REPOSITORY}/base:{release}-{digest(CONTAINERS / 'base.sh', libraries=False)}"


def _pull_bases(engine: Engine, releases: Sequence[str], progress: Progress) -> None:
    """Pull these bases; after the first failure the registry counts as absent."""
    for release in releases:
        with _report_duration(progress, f"asking for debian:{release}-slim") as ended:
            if not base_image.pull(engine.client.api, release):
                ended("no registry answers, the base is made from this machine's Debian mirror")
                return


def _ensure_base(engine: Engine, release: str, progress: Progress) -> str:
    made = _base_tag(release)
    found = base_image.find(release, list_tags(engine), made)
    if found is None:
        with _report_duration(progress, f"making a base of Debian {release}"):
            base_image.make(engine.client.api, release, made, CONTAINERS / "base.sh")
        found = base_image.find(release, list_tags(engine), made)
    if found is None:
        raise EngineError(f"the engine took the base of {release} and does not list it; see `docker images`")
    return found


def _build(engine: Engine, image: Image, base_image: Future[str], progress: Progress) -> None:
    further = {"PACKAGES": " ".join(image.packages)} if image.packages else {}
    arguments = {"BASE": base_image.result(), **further, **_proxy()}
    with _report_duration(progress, f"building the image {image.name}"):
        said = []
        context = archive(CONTAINERS / image.kind, libraries=image.libraries)
        for event in engine.client.api.build(
            fileobj=context,
            custom_context=True,
            tag=image.tag,
            buildargs=arguments,
            network_mode="host",
            rm=True,
            forcerm=True,
            decode=True,
        ):
            said.append(event.get("stream", ""))
            if "error" in event:
                last = "\n".join("".join(said).strip().splitlines()[-_WORDS:])
                raise EngineError(f"building the image {image.name} failed: {event['error']}. Its last words:\n{last}")


def _proxy() -> dict[str, str]:
    """Return the proxy of this machine's apt, if any, as a build argument: apt in a build needs it as well."""
    if proxy := os.environ.get("http_proxy"):
        return {"http_proxy": proxy}
    with suppress(OSError):
        asked = ["apt-config", "shell", "proxy", "Acquire::http::Proxy"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        return {"http_proxy": words[0].removeprefix("proxy=")} if (words := shlex.split(said)) else {}
    return {}


@contextmanager
def _report_duration(progress: Progress, doing: str) -> Iterator[Callable[[str], None]]:
    """Report the start and the duration of a step; the yielded function sets the reported outcome."""
    outcome = ["done"]
    progress(f"{doing} ...")
    start = time.monotonic()
    yield lambda text: outcome.__setitem__(0, text)
    progress(f"{doing}: {outcome[0]} ({time.monotonic() - start:.0f} s)")


def _print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Entry point of the Makefile: `ensure` or `remove`, then optionally the engine."""
    act, *rest = arguments
    try:
        engine = connect(rest[0] if rest else None)
        if act == "remove":
            remove(engine)
        else:
            ensure(engine, list(IMAGES), _print_line)
    except LabError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
