"""Published applications load completely: counted by code that shares nothing with the loader."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hotfix_tui.localorg.loading import load_folder
from hotfix_tui.localorg.org import LocalOrg

CORPUS = Path(os.environ.get("HOTFIX_CORPUS", Path(__file__).resolve().parents[4] / "shared" / "corpus"))
FOLDERS = {
    "apex-recipes-2026-07": ("data-plan.json", 250),
    "coral-cloud-2024-12": ("data-plan.json", 203),
    "coral-cloud-2026-07": ("data-plan.json", 203),
    "easy-spaces-2024-03": ("Plan2.json", 169),
    "ebikes-2021-11": ("sample-data-plan.json", 23),
    "ebikes-2026-07": ("sample-data-plan.json", 23),
}
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no published folders here")


def _expected_components(folder: Path) -> set[str]:
    """Names by file, as someone who reads the folder would count; all of these folders are in source format."""
    found = set()
    for path in folder.rglob("*-meta.xml"):
        stem = path.name.removesuffix("-meta.xml")
        name, _, suffix = stem.rpartition(".")
        if suffix == "labels":
            text = path.read_text(encoding="utf-8")
            found |= {f"label:{part.partition('</fullName>')[0]}" for part in text.split("<fullName>")[1:]}
        elif path.parent.parent.parent.name == "objects":
            found.add(f"{suffix}:{path.parent.parent.name}.{name}")
        else:
            found.add(f"{suffix}:{name}")
    return found


_SUFFIXES = {
    "CspTrustedSite": "cspTrustedSite",
    "CustomApplication": "app",
    "CustomField": "field",
    "CustomLabel": "label",
    "CustomMetadata": "md",
    "CustomObject": "object",
    "CustomTab": "tab",
    "FlexiPage": "flexipage",
    "PermissionSet": "permissionset",
    "PermissionSetGroup": "permissionsetgroup",
    "RemoteSiteSetting": "remoteSite",
}


@pytest.mark.parametrize("name", FOLDERS)
def test_every_component_and_the_plans_rows_are_loaded(tmp_path: Path, name: str) -> None:
    org = LocalOrg.create(tmp_path / "org", name=name)
    report = load_folder(org, CORPUS / name)
    loaded = {
        f"{_SUFFIXES.get(type_name, type_name[:1].lower() + type_name[1:])}:{component.full_name}"
        for type_name in org.components.types() - {"FlowDefinition"}
        for component in org.components.properties(type_name)
    }
    assert loaded == _expected_components(CORPUS / name)
    plan, rows = FOLDERS[name]
    assert report.records == rows
    assert not [warning for warning in report.warnings if "no effect" in warning or f"plan {plan}" in warning]
    org.close()


@pytest.mark.parametrize("name", FOLDERS)
def test_every_record_can_be_queried_with_its_values(tmp_path: Path, name: str) -> None:
    org = LocalOrg.create(tmp_path / "org", name=name)
    load_folder(org, CORPUS / name)
    plan = json.loads((CORPUS / name / "data" / FOLDERS[name][0]).read_text(encoding="utf-8"))
    for step in plan:
        for file in step["files"]:
            records = json.loads((CORPUS / name / "data" / file).read_text(encoding="utf-8"))["records"]
            kind = records[0]["attributes"]["type"]
            names = sorted({key for record in records for key in record if key != "attributes"})
            rows = org.queries.records(f"SELECT {', '.join(names or ['Id'])} FROM {kind}")
            assert len(rows) == len(records)
            for key in names:
                wanted = [record.get(key) for record in records]
                canonical = next(field for field in rows[0] if field.lower() == key.lower())
                got = [row[canonical] for row in rows]
                if any(isinstance(value, str) and value.startswith("@") for value in wanted):
                    assert sum(value is not None for value in got) == sum(value is not None for value in wanted)
                else:
                    assert sorted(map(_comparable, got)) == sorted(map(_comparable, wanted))
    org.close()


def _comparable(value: object) -> str:
    try:
        return str(float(str(value)))
    except ValueError:
        return str(value).replace("\r\n", "\n").strip()
