"""A folder at a git revision, read without touching the work tree."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from hotfix_tui.compare.compare import compare
from hotfix_tui.compare.folder import NotMetadata
from hotfix_tui.compare.sources import FolderSource, Source, resolve
from hotfix_tui.events.compare import ComponentCompared
from tests.compare import folders


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, "-C", str(folder), *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose tag `before` has a flow more and a class otherwise than its work tree."""
    root = tmp_path_factory.mktemp("repository") / "project"
    folders.generate(root)
    git(root.parent, "init", "--quiet", str(root))
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "-m", "before")
    git(root, "tag", "before")
    main = root / "force-app/main/default"
    (main / "flows/Flow_2.flow-meta.xml").unlink()
    (main / "classes/Engine.cls").write_text("public class Engine {}\n")
    git(root, "commit", "--quiet", "-am", "after")
    return root


async def differing(a: Source, b: Source) -> dict[str, str]:
    events = [event async for event in compare(a, b)]
    found = [event for event in events if isinstance(event, ComponentCompared)]
    return {event.full_name: event.status for event in found if event.status != "same"}


async def test_a_revision_differs_from_the_work_tree_where_it_was_changed_since(repository: Path) -> None:
    before = await resolve(f"{repository}@before")
    assert before.name == f"{repository}@before"
    expected = {"Flow_2": "only_in_a", "Engine": "different"}
    assert await differing(before, FolderSource(repository)) == expected
    assert await differing(await resolve(f"{repository}@HEAD~1"), await resolve(f"{repository}@HEAD")) == expected
    assert not (repository / "force-app/main/default/flows/Flow_2.flow-meta.xml").exists()


async def test_a_package_folder_inside_a_repository_has_revisions_too(repository: Path) -> None:
    inside = repository / "force-app"
    assert await differing(await resolve(f"{inside}@before"), FolderSource(inside)) == {
        "Flow_2": "only_in_a", "Engine": "different",
    }  # fmt: skip


async def test_a_folder_whose_name_has_an_at_is_a_folder(tmp_path: Path, repository: Path) -> None:
    odd = tmp_path / "project@before"
    shutil.copytree(repository, odd)
    assert isinstance(await resolve(str(odd)), FolderSource)


@pytest.mark.parametrize("revision", ["nothing", "--output=/tmp/x", "before:force-app", "$(id)"])
async def test_a_revision_that_is_none_is_a_sentence(repository: Path, revision: str) -> None:
    source = await resolve(f"{repository}@{revision}")
    with pytest.raises(NotMetadata, match="has no revision"):
        await differing(source, FolderSource(repository))


async def test_what_is_no_repository_or_holds_no_metadata_is_a_sentence(tmp_path: Path, repository: Path) -> None:
    folders.generate(tmp_path / "plain")
    with pytest.raises(NotMetadata, match="not in a git repository"):
        await differing(await resolve(f"{tmp_path / 'plain'}@HEAD"), FolderSource(repository))
    empty = repository.parent / "empty"
    if not empty.exists():
        git(repository.parent, "init", "--quiet", str(empty))
        (empty / "README").write_text("nothing")
        git(empty, "add", "-A")
        git(empty, "commit", "--quiet", "-m", "empty")
    with pytest.raises(NotMetadata, match=r"empty@HEAD holds no Salesforce metadata"):
        await differing(await resolve(f"{empty}@HEAD"), FolderSource(repository))
    with pytest.raises(NotMetadata, match="There is no folder"):
        await differing(await resolve("./no/such@HEAD"), FolderSource(repository))
