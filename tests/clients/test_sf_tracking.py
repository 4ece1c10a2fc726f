"""`sf` and a sandbox that tracks its source: previews, pulls and pushes by what SourceMember says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.library import write_class, write_project
from tests.clients.programs import Sf
from tests.clients.running import Orgs

pytestmark = pytest.mark.slow


def test_changes_on_both_sides_are_previewed_and_exchanged(orgs: Orgs, sf: Sf, tmp_path: Path) -> None:
    own = Sf(sf.world, write_project(tmp_path / "project"))
    own.json("project", "retrieve", "start", "-o", "dev", "-m", "ApexClass:Shelves")
    write_class(own.project, "Mine", "public class Mine { }\n")
    preview = own.json("project", "deploy", "preview", "-o", "dev")
    assert {each["fullName"] for each in preview["toDeploy"]} == {"Mine"}
    assert preview["conflicts"] == []
    answer = own.json("project", "deploy", "start", "-o", "dev")
    assert (answer["status"], {each["fullName"] for each in answer["files"]}) == ("Succeeded", {"Mine"})
    assert own.json("project", "deploy", "preview", "-o", "dev")["toDeploy"] == []

    files = {
        "package.xml": b'<Package xmlns="http://soap.sforce.com/2006/04/metadata"><types><members>Theirs</members>'
        b"<members>Mine</members><name>ApexClass</name></types><version>66.0</version></Package>",
    }
    for name in ("Theirs", "Mine"):
        files[f"classes/{name}.cls"] = f"public class {name} {{ Integer theirs; }}\n".encode()
        files[f"classes/{name}.cls-meta.xml"] = (
            b'<ApexClass xmlns="http://soap.sforce.com/2006/04/metadata"><apiVersion>66.0</apiVersion>'
            b"<status>Active</status></ApexClass>"
        )
    assert orgs.wire("dev").deploy(files) == (True, [])
    preview = own.json("project", "retrieve", "preview", "-o", "dev")
    assert {"Theirs", "Mine"} <= {each["fullName"] for each in preview["toRetrieve"]}
    write_class(own.project, "Mine", "public class Mine { Integer mine; }\n")
    preview = own.json("project", "deploy", "preview", "-o", "dev")
    assert {each["fullName"] for each in preview["conflicts"]} == {"Mine"}
    refused = own.fails("project", "deploy", "start", "-o", "dev")
    assert refused["name"] == "SourceConflictError"


def test_production_tracks_no_source(sf: Sf) -> None:
    refused = sf.fails("project", "deploy", "preview", "-o", "prod")
    assert refused["name"] == "NonSourceTrackedOrgError"
