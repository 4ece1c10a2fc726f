"""Data-set files: what is read, and what is refused with a sentence that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfix_tui.data.data_set import available, templates
from hotfix_tui.data.data_set_loader import load
from hotfix_tui.data.errors import DataSetError

GOOD = """
v = 1
name = "courses"
bypass_permission_set = "Course_Bypass"
[[object]]
name = "Course__c"
root = true
where = "Status__c = 'Open'"
key = ["Course_Key__c"]
[[object]]
name = "Lesson__c"
children_of = ["Course__c"]
key = ["Lesson_Key__c"]
second_key = ["Code__c"]
[[object]]
name = "Room__c"
parents_of = ["Lesson__c.Room__c"]
key = ["Name"]
mode = "reference"
[[containment]]
name = "open again"
object = "Course__c"
where = "Status__c = 'Held'"
set = { Status__c = "Open", Held_By__c = "" }
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "courses.toml"
    path.write_text(text)
    return path


def test_a_data_set_is_read_with_its_defaults(tmp_path: Path) -> None:
    found = load(write(tmp_path, GOOD))
    assert found.names == ("Course__c", "Lesson__c", "Room__c")
    assert found.written == ("Course__c", "Lesson__c")
    assert found.spec("Lesson__c").mode == "upsert"
    assert found.spec("Room__c").parents_of == (("Lesson__c", "Room__c"),)
    assert found.bypass_permission_set == "Course_Bypass"


def test_empty_text_in_set_means_null(tmp_path: Path) -> None:
    (change,) = load(write(tmp_path, GOOD)).containment
    assert change.set == {"Status__c": "Open", "Held_By__c": None}
    assert change.purpose == "containment"


@pytest.mark.parametrize(
    ("find", "put", "words"),
    [
        ("v = 1", "v = 2", "v must be 1"),
        ('name = "courses"', "", "needs name"),
        ('key = ["Course_Key__c"]', "", "Course__c needs a key"),
        ('key = ["Course_Key__c"]', 'key = ["Name OR Id != null"]', "list of field names"),
        ('mode = "reference"', 'mode = "replace"', "must be one of upsert, insert, update, reference"),
        ('parents_of = ["Lesson__c.Room__c"]', 'parents_of = ["Pupil__c.Room__c"]', "Pupil__c, which is not in"),
        ('parents_of = ["Lesson__c.Room__c"]', "", "neither root nor children_of nor parents_of"),
        ('second_key = ["Code__c"]', 'secondkey = ["Code__c"]', "Lesson__c has secondkey, which is not known"),
        ("root = true", "root = true\nlimit = -1", "limit of Course__c must be a number"),
        ("root = true", 'root = true\nlimit = 5\nmode = "delete"', "what is gone cannot be told"),
        ('mode = "reference"', 'mode = "reference"\nlimit = 5', "because others refer to them"),
        ("root = true", 'root = true\norder_by = "Name; DELETE"', "must be fields, each with ASC or DESC"),
        ('["Course_Key__c"]', '["Id"]', "needs a second_key that agrees"),
        ('["Course_Key__c"]', '["Id", "Name"]', "Id stands alone"),
        ('["Lesson_Key__c"]', '["Id"]', "must be update or reference"),
        ('["Course_Key__c"]', '["Name"]\nmasks = { Name = "null" }', "the same everywhere"),
        (
            "root = true",
            'root = true\nmode = "delete"\nmasks = { Course_Key__c = "hash" }',
            "mode delete is not possible",
        ),
        ("root = true", 'root = true\nmasks = { Name = "rot13" }', "the mask of Course__c.Name must be"),
        ("root = true", 'root = true\nmasks = { Name = { constant = "" } }', "the constant of Course__c.Name"),
        ('name = "Lesson__c"', 'name = "Course__c"', "there twice"),
        ('name = "Lesson__c"', 'name = "Lesson__c; DROP"', "not an object's API name"),
        ("root = true", 'root = "yes"', "true or false"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(tmp_path: Path, find: str, put: str, words: str) -> None:
    assert find in GOOD
    with pytest.raises(DataSetError, match=r"Data set courses\.toml") as raised:
        load(write(tmp_path, GOOD.replace(find, put, 1)))
    assert words in str(raised.value)


def test_a_file_that_is_not_there_or_not_toml_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="There is no data set"):
        load(tmp_path / "none.toml")
    with pytest.raises(DataSetError, match="is not TOML"):
        load(write(tmp_path, "= 1"))


def test_the_users_own_file_hides_a_template_of_the_same_name(tmp_path: Path) -> None:
    shipped = available()
    assert shipped, "templates come with the program"
    name = next(iter(shipped))
    (tmp_path / f"{name}.toml").write_text(GOOD)
    assert available([tmp_path])[name].parent == tmp_path
    assert available([tmp_path / "absent"])[name].parent == templates()


@pytest.mark.parametrize("path", sorted(templates().glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_template_loads(path: Path) -> None:
    assert load(path).objects
