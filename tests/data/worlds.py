"""Rows made by hand or by hypothesis, for what needs no org."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from hotfix_tui.data.data_set import DataSet, ObjectSpec
from hotfix_tui.data.rows import DataRows, ObjectRows, Ref, Row
from hotfix_tui.data.shape import FieldShape, ObjectShape

COURSE = ObjectShape(
    "Course__c",
    {
        field.name: field
        for field in (
            FieldShape("Key__c", "string", unique=True),
            FieldShape("Title__c", "string"),
            FieldShape("Fee__c", "currency"),
            FieldShape("Serial__c", "string", createable=False, updateable=False),
            FieldShape("Opening__c", "reference", refers_to=("Lesson__c",), relationship="Opening__r"),
            FieldShape("Next__c", "reference", refers_to=("Course__c",), relationship="Next__r"),
        )
    },
    "a01",
)
LESSON = ObjectShape(
    "Lesson__c",
    {
        field.name: field
        for field in (
            FieldShape("Key__c", "string", unique=True),
            FieldShape("Code__c", "string"),
            FieldShape("Course__c", "reference", True, False, False, ("Course__c",), "Course__r", master_detail=True),
            FieldShape("Before__c", "reference", refers_to=("Lesson__c",), relationship="Before__r"),
            FieldShape("Instead__c", "reference", refers_to=("Lesson__c",), relationship="Instead__r"),
        )
    },
    "a02",
)
DATA_SET = DataSet(
    "courses",
    (
        ObjectSpec("Course__c", ("Key__c",), root=True),
        ObjectSpec("Lesson__c", ("Key__c",), children_of=("Course__c",), second_key=("Code__c",)),
    ),
    path=Path("courses.toml"),
)


def course(key: str, *, title: str | None = None, fee: float | None = None, **lookups: str | None) -> Row:
    refs: dict[str, Ref | None] = {"Opening__c": None, "Next__c": None}
    targets = {"Opening__c": "Lesson__c", "Next__c": "Course__c"}
    refs.update({name: (targets[name], value) if value else None for name, value in lookups.items()})
    return Row(key, f"a01{key}", {"Key__c": key or None, "Title__c": title, "Fee__c": fee}, refs, label=key)


def lesson(key: str, of: str, *, code: str | None = None, record_id: str = "", **lookups: str | None) -> Row:
    refs: dict[str, Ref | None] = {"Course__c": ("Course__c", of), "Before__c": None, "Instead__c": None}
    refs.update({name: ("Lesson__c", value) if value else None for name, value in lookups.items()})
    fields = {"Key__c": key or None, "Code__c": code}
    return Row(key, record_id or f"a02{key}", fields, refs, second_key=code or "", label=key)


def rows(*all_rows: Row, org: str = "here", sandbox: bool = False) -> DataRows:
    objects = {"Course__c": ObjectRows(COURSE), "Lesson__c": ObjectRows(LESSON)}
    for row in all_rows:
        objects["Lesson__c" if "Before__c" in row.lookups else "Course__c"].add(row)
    return DataRows("courses", org, f"00D{org}", objects, sandbox=sandbox)


COURSE_KEYS, LESSON_KEYS = ["C1", "C2", "C3"], ["L1", "L2", "L3", "L4", "L5"]


@st.composite
def worlds(draw: st.DrawFn) -> DataRows:
    """An org with some courses and lessons, every lesson in a course, lookups of any kind between them."""
    courses = draw(st.lists(st.sampled_from(COURSE_KEYS), unique=True, min_size=1))
    lessons = draw(st.lists(st.sampled_from(LESSON_KEYS), unique=True))
    some_lesson = st.sampled_from(lessons) if lessons else st.none()
    made: list[Row] = []
    for key in courses:
        made.append(
            course(
                key,
                title=draw(st.sampled_from([None, "one", "two"])),
                fee=draw(st.sampled_from([None, 1.0, 2.5])),
                Opening__c=draw(st.none() | some_lesson),
                Next__c=draw(st.none() | st.sampled_from(courses)),
            )
        )
    for key in lessons:
        made.append(
            lesson(
                key,
                draw(st.sampled_from(courses)),
                code=draw(st.sampled_from([None, "x", "y"])),
                Before__c=draw(st.none() | some_lesson),
                Instead__c=draw(st.none() | some_lesson),
            )
        )
    return rows(*made)
