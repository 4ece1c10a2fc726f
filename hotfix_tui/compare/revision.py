"""A folder of metadata as it was at a git revision: `./force-app@v1.4`."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import AsyncGenerator, Iterable
from io import BytesIO
from pathlib import Path

from hotfix_tui.compare.archive import BadPackage, check_path
from hotfix_tui.compare.contents import Contents
from hotfix_tui.compare.folder import NotMetadata
from hotfix_tui.compare.sources import FolderSource
from hotfix_tui.events.base import Event

_SECONDS = 120


def parse(word: str) -> tuple[Path, str] | None:
    """Folder and revision of `FOLDER@REVISION`; None when it is no such thing. A folder of the whole name wins."""
    folder, at, revision = word.rpartition("@")
    if not at or not folder or not revision or Path(word).expanduser().exists():
        return None
    return Path(folder).expanduser(), revision


class RevisionSource:
    """The files that git keeps of `folder` at `revision`. The work tree is not touched."""

    def __init__(self, folder: Path, revision: str, *, managed: bool = False) -> None:
        self.name = f"{folder}@{revision}"
        self.contents = Contents()
        self._folder = folder
        self._revision = revision
        self._managed = managed

    @property
    def api_version(self) -> str:
        """Empty: files of any version can lie together."""
        return ""

    async def read(
        self, side: str, *, types: Iterable[str] | None = None, api_version: str = ""
    ) -> AsyncGenerator[Event, None]:
        """Reads the folder out of git. Raises NotMetadata: no repository, no such revision, no metadata in it."""
        with tempfile.TemporaryDirectory(prefix="hotfix-tui-") as place:
            folder = await asyncio.to_thread(self._extract, Path(place))
            source = FolderSource(folder, managed=self._managed)
            source.name = self.name
            try:
                async for event in source.read(side, types=types, api_version=api_version):
                    self.contents = source.contents
                    yield event
            except NotMetadata as error:
                raise NotMetadata(str(error).replace(str(folder), self.name)) from error

    async def close(self) -> None:
        """Nothing is open."""

    def _extract(self, place: Path) -> Path:
        """Unpacks the folder at the revision below `place`; where it is then."""
        if not self._folder.is_dir():
            raise NotMetadata(f"There is no folder {self._folder}.")
        commit = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{self._revision}^{{commit}}")
        if not commit:
            raise NotMetadata(f"{self._folder} has no revision {self._revision}: git knows no commit of that name.")
        packed = self._git("archive", "--format=tar", commit.decode().strip(), ".")
        try:
            with tarfile.open(fileobj=BytesIO(packed)) as tar:
                for entry in tar:
                    content = tar.extractfile(entry) if entry.isfile() else None  # links stay behind, as in a folder
                    if content is not None:
                        file = place / check_path(entry.name)
                        file.parent.mkdir(parents=True, exist_ok=True)
                        file.write_bytes(content.read())
        except (tarfile.TarError, BadPackage, OSError) as error:
            raise NotMetadata(f"{self.name} cannot be read out of git: {error}") from error
        return place

    def _git(self, *words: str) -> bytes:
        git = shutil.which("git")
        if git is None:
            raise NotMetadata("git is not installed, so no revision can be read.")
        try:
            done = subprocess.run(
                [git, "-C", str(self._folder), *words], capture_output=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotMetadata(f"git did not answer for {self._folder}: {error}") from error
        if done.returncode and words[0] != "rev-parse":
            said = done.stderr.decode("utf-8", "replace").strip()
            raise NotMetadata(f"{self.name} cannot be read out of git: {said or done.returncode}")
        if done.returncode and b"not a git repository" in done.stderr:
            raise NotMetadata(f"{self._folder} is not in a git repository, so it has no revision {self._revision}.")
        return b"" if done.returncode else done.stdout
