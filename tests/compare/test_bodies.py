"""Packed files: the same content as plain ones whatever packed them, and held once when both sides have it."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.compare.archive import BadPackage, read_bodies, read_zip, write_zip
from hotfix_tui.compare.bodies import DEFLATED, Body, Files, bodies_of, packed
from hotfix_tui.compare.compare import SAME, compare
from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.package import build, packed_members, split
from hotfix_tui.compare.sources import OrgSource
from tests.compare import folders
from tests.compare.served import served

CONTENTS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.binary(max_size=40).map(lambda part: part * 20))


def loosely(content: bytes) -> Body:
    """Packed in another way than `packed` does."""
    packer = zlib.compressobj(9, wbits=-15)
    return Body(DEFLATED, packer.compress(content) + packer.flush())


@given(CONTENTS, CONTENTS)
def test_packed_files_are_equal_where_their_contents_are(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    files = Files(bodies_of(one))
    assert dict(files) == one and (files == one) and len(files) == len(one)
    assert files == Files((path, loosely(content)) for path, content in sorted(one.items()))
    assert (files == Files(bodies_of(other))) == (one == other) == (files == other)


def test_a_zip_gives_the_same_packed_or_not_however_it_is_stored() -> None:
    buffer = io.BytesIO()
    wanted = {"classes/A.cls": b"class A {}" * 90, "classes/B.cls": b"", "lwc/x/x.js": b"export default 1;" * 40}
    with zipfile.ZipFile(buffer, "w") as package:
        ways = (zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)
        for way, (path, content) in zip(ways, wanted.items(), strict=True):
            package.writestr(path, content, way)
    assert read_zip(buffer.getvalue()) == wanted
    assert {path: body.plain() for path, body in read_bodies(buffer.getvalue()).items()} == wanted


@pytest.mark.parametrize("at", [50, 60, 200])
def test_a_zip_with_a_spoilt_byte_is_none_though_nobody_has_read_the_file_yet(at: int) -> None:
    content = bytearray(write_zip({"classes/A.cls": bytes(range(256)) * 8}))
    content[at] ^= 0x55
    with pytest.raises(BadPackage):
        read_bodies(bytes(content))


def test_a_small_file_is_not_packed() -> None:
    assert packed(b"x" * 100) == Body(0, b"x" * 100)
    assert packed(b"x" * 1_000).how == DEFLATED


def test_a_package_has_the_same_components_packed_or_not(tmp_path: Path) -> None:
    from hotfix_tui.compare.folder import read_folder
    from hotfix_tui.compare.package import components_of

    package = build(read_folder(folders.generate(tmp_path)).values(), "63.0")
    kept_packed = components_of(packed_members(package))
    assert {key: dict(one.files) for key, one in kept_packed.items()} == {
        key: dict(one.files) for key, one in split(package).items()
    }


async def test_what_two_orgs_have_alike_is_held_once_and_stays_each_sides_own(tmp_path: Path) -> None:
    a, b = folders.generate_pair(tmp_path)
    async with served(tmp_path, "prod", a) as left, served(tmp_path, "dev", b) as right:
        comparison = compare(OrgSource(left.org), OrgSource(right.org))
        async for _ in comparison:
            pass
    same = [key for key, row in comparison.rows.items() if row.status == SAME]
    assert ComponentId("CustomField", "Thing_0__c.F0__c") in same and ComponentId("Flow", "Flow_0") in same
    for key in same:
        ours, theirs = comparison.component("a", key), comparison.component("b", key)
        assert ours is not None and theirs is not None
        if ours.files == theirs.files:
            assert ours.files is theirs.files
        assert comparison.text("a", key) == comparison.text("b", key) != b""
    field = ComponentId("CustomField", "Thing_0__c.F0__c")
    changed = [comparison.component(side, field).changed for side in ("a", "b")]  # type: ignore[union-attr]
    assert changed[0] != changed[1], "who changed it when is each org's own"
