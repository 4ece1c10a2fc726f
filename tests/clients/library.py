"""The library as a project in source format: what the orgs are made from and what clients deploy."""

from __future__ import annotations

import json
from pathlib import Path

from tests.localorg.own_org import LIBRARY, component

VERSION = "66.0"
META = f"<apiVersion>{VERSION}</apiVersion><status>Active</status>"
CODE = {
    "classes/Shelves.cls": """public class Shelves {
    public static Integer many() { return [SELECT COUNT() FROM Shelf__c]; }
}
""",
    "classes/ShelvesTest.cls": """@IsTest
private class ShelvesTest {
    @IsTest
    static void none() { System.assertEquals(0, Shelves.many()); }
}
""",
}


def write_project(folder: Path) -> Path:
    """An empty project of the CLI."""
    (folder / "force-app" / "main" / "default").mkdir(parents=True)
    project = {"packageDirectories": [{"path": "force-app", "default": True}], "sourceApiVersion": VERSION}
    (folder / "sfdx-project.json").write_text(json.dumps(project))
    return folder


def write_source(project: Path, path: str, body: str | bytes) -> Path:
    """A file below force-app/main/default."""
    file = project / "force-app" / "main" / "default" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body.encode() if isinstance(body, str) else body)
    return file


def write_class(project: Path, name: str, code: str) -> None:
    """An Apex class with its meta file."""
    write_source(project, f"classes/{name}.cls", code)
    write_source(project, f"classes/{name}.cls-meta.xml", component("ApexClass", META))


def write_library(folder: Path) -> Path:
    """A project with the library's objects and fields, a class and its test."""
    write_project(folder)
    for kind, name, xml in LIBRARY:
        item, _, child = name.partition(".")
        if kind == "CustomObject":
            write_source(folder, f"objects/{item}/{item}.object-meta.xml", xml)
        else:
            write_source(folder, f"objects/{item}/fields/{child}.field-meta.xml", xml)
    for path, code in CODE.items():
        write_class(folder, Path(path).stem, code)
    return folder
