import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from postfix_lab.engine import images
from postfix_lab.engine.images import CONTAINERS, IMAGES, ensure, find, strip_registry, variant
from postfix_lab.errors import InputError
from postfix_lab.paths import lock_folder


@pytest.fixture
def containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of `containers/` that a test may change."""
    copy = tmp_path / "containers"
    shutil.copytree(CONTAINERS, copy)
    monkeypatch.setattr(images, "CONTAINERS", copy)
    return copy


def test_there_is_one_internet_and_a_mail_host_for_each_release() -> None:
    """The names that the lab asks for."""
    assert list(IMAGES) == ["internet", "postfix-bullseye", "postfix-bookworm", "postfix-trixie"]


def test_the_tag_is_the_same_while_nothing_changes(containers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the same files elsewhere makes the same tag: neither time nor place count."""
    copied = IMAGES["postfix-trixie"].tag
    os.utime(containers / "postfix" / "Dockerfile", (1, 1))
    shutil.move(containers, containers.parent / "moved")
    monkeypatch.setattr(images, "CONTAINERS", containers.parent / "moved")
    assert IMAGES["postfix-trixie"].tag == copied
    assert copied.startswith("postfix-lab/postfix:trixie-")


@pytest.mark.parametrize("file", ["postfix/Dockerfile", "postfix/rsyslog.conf", "base.sh"])
def test_the_tag_changes_with_whatever_goes_in(containers: Path, file: str) -> None:
    """One more octet in any of the files, and the image is another one."""
    before = IMAGES["postfix-trixie"].tag
    with (containers / file).open("a") as changed:
        changed.write("#")
    assert IMAGES["postfix-trixie"].tag != before


def test_a_change_of_the_mail_host_leaves_the_internet_alone(containers: Path) -> None:
    """Only that is built again which has changed."""
    before = {name: image.tag for name, image in IMAGES.items()}
    (containers / "postfix" / "new").touch()
    assert IMAGES["postfix-bookworm"].tag != before["postfix-bookworm"]
    assert IMAGES["internet"].tag == before["internet"]


def test_an_unknown_image_is_a_mistake_in_the_call() -> None:
    """The sentence lists the images that there are."""
    with pytest.raises(InputError, match=r"'postfix-sarge'.*postfix-bookworm"):
        ensure(None, ["postfix-sarge"])  # type: ignore[arg-type] # no engine is asked


@pytest.mark.parametrize("listed", ["debian:trixie-slim", "docker.io/library/debian:trixie-slim", "localhost/debian:trixie-slim"])
def test_names_are_read_as_docker_writes_them(listed: str) -> None:
    """Podman's prefixes do not hide an image that is there."""
    assert strip_registry(listed) == "debian:trixie-slim"


def test_one_builds_while_the_others_wait() -> None:
    """Workers of one run that miss the same image do not build it side by side."""
    code = (
        "import fcntl, os\nfrom postfix_lab.engine.images import CONTAINERS\n"
        "try: fcntl.flock(os.open(CONTAINERS, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError: print('waits')"
    )
    with lock_folder(CONTAINERS):
        assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "waits\n"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == ""


VARIANT = "postfix-trixie:opendkim,opendkim-tools"


def test_a_variant_has_a_name_and_a_tag_of_its_own(containers: Path) -> None:
    """Both follow from the release and the set of packages; the default image keeps its tag."""
    found = find(VARIANT)
    assert (found.name, found.packages) == (VARIANT, ("opendkim", "opendkim-tools"))
    assert variant("postfix-trixie", ["opendkim-tools", "opendkim"]) == VARIANT
    assert len({found.tag, find("postfix-trixie:opendkim").tag, IMAGES["postfix-trixie"].tag}) == 3
    assert find("postfix-trixie") == IMAGES["postfix-trixie"]


@pytest.mark.parametrize(
    "name, said", [("internet:nmap", "there is no image 'internet:nmap'"), ("postfix-trixie:x;reboot", "'x;reboot' is no name")]
)
def test_no_variant(name: str, said: str) -> None:
    """The Internet has none, and what is no package's name never reaches a shell."""
    with pytest.raises(InputError, match=said):
        find(name)


def test_only_what_is_wanted_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Default images that are there are not built again; a variant is, once, with its packages as a build argument."""
    engine = FakeEngine()
    monkeypatch.setattr(images, "archive", lambda *_, **__: None)
    assert set(ensure(engine, list(IMAGES))) == set(IMAGES)  # type: ignore[arg-type] # as much of an engine as is asked
    assert engine.built == []
    for _ in range(2):
        assert list(ensure(engine, [VARIANT])) == [VARIANT]  # type: ignore[arg-type]
    [(tag, arguments)] = engine.built
    assert tag == find(VARIANT).tag
    assert arguments["PACKAGES"] == "opendkim opendkim-tools"
    assert images.missing_images(engine) == []  # type: ignore[arg-type]


class FakeEngine:
    """An engine that has the default images and the bases, and takes note of what it builds."""

    def __init__(self) -> None:
        self.tags = [image.tag for image in IMAGES.values()] + [images._base_tag(release) for release in images.RELEASES]
        self.built: list[tuple[str, dict[str, str]]] = []
        self.client = SimpleNamespace(api=self)

    def images(self) -> list[dict[str, object]]:
        """As ImageList has it."""
        return [{"Id": f"sha256:{tag}", "RepoTags": [tag]} for tag in self.tags]

    def build(self, *, tag: str, buildargs: dict[str, str], **_: object) -> list[dict[str, str]]:
        """As ImageBuild has it."""
        self.built.append((tag, buildargs))
        self.tags.append(tag)
        return [{"stream": "done"}]
