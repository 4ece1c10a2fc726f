"""The user's ignore rules: what they take out, what they leave, that it is counted, and what a mistake in them says."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfix_tui.compare.compare import compare
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.ignore import BadIgnoreRules, IgnoreRules
from hotfix_tui.compare.normalise import same
from hotfix_tui.compare.sources import FolderSource
from hotfix_tui.events.compare import CompareFinished, ComponentCompared
from tests.compare import folders

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def rules(tmp_path: Path, text: str) -> IgnoreRules:
    file = tmp_path / "config.toml"
    file.write_text(text)
    return IgnoreRules.read(file)


def profile(*permissions: str, field: str = "") -> Component:
    body = "".join(f"<userPermissions><enabled>true</enabled><name>{p}</name></userPermissions>" for p in permissions)
    body += f"<fieldPermissions><editable>true</editable><field>{field}</field></fieldPermissions>" if field else ""
    return Component(
        ComponentId("Profile", "Admin"), {"profiles/Admin.profile": f"<Profile {NS}>{body}</Profile>".encode()}
    )


def apex(text: str) -> Component:
    return Component(ComponentId("ApexClass", "A"), {"classes/A.cls": text.encode()})


def test_without_a_file_nothing_is_ignored(tmp_path: Path) -> None:
    none = IgnoreRules.read(tmp_path / "config.toml")
    assert none.rules == () and not none.leaves_out(ComponentId("Profile", "Admin"))
    assert none.strip(profile("A")) == profile("A")


def test_an_element_is_taken_out_and_only_of_the_types_and_names_the_rule_concerns(tmp_path: Path) -> None:
    found = rules(tmp_path, '[[compare.ignore]]\ntype = "Prof*"\nname = "A*"\nelement = "userPermissions"\n')
    assert same(found.strip(profile("A", field="X__c")), found.strip(profile("B", "C", field="X__c")))
    assert not same(found.strip(profile(field="X__c")), found.strip(profile(field="Y__c")))
    other = Component(ComponentId("PermissionSet", "Admin"), profile("A").files)
    assert found.strip(other) is other


def test_a_value_narrows_the_element_and_a_path_goes_inside_it(tmp_path: Path) -> None:
    by_value = rules(tmp_path, '[[compare.ignore]]\ntype = "Profile"\nelement = "userPermissions"\nvalue = "^Api"\n')
    assert same(by_value.strip(profile("ApiEnabled", "B")), by_value.strip(profile("B")))
    assert not same(by_value.strip(profile("B")), by_value.strip(profile("C")))
    inside = rules(tmp_path, '[[compare.ignore]]\ntype = "Profile"\nelement = "userPermissions/name"\n')
    assert same(inside.strip(profile("A")), inside.strip(profile("B")))
    assert not same(inside.strip(profile("A")), inside.strip(profile("A", "B")))


def test_a_value_alone_takes_lines_out_of_text_and_leaves_out_of_xml(tmp_path: Path) -> None:
    found = rules(tmp_path, '[[compare.ignore]]\nvalue = "Generated at"\n')
    one, two = apex("// Generated at 1\nclass A {}\n"), apex("// Generated at 2\nclass A {}\n")
    assert same(found.strip(one), found.strip(two))
    assert not same(found.strip(one), found.strip(apex("// Generated at 1\nclass B {}\n")))
    assert same(found.strip(profile("Generated at 1")), found.strip(profile("Generated at 2")))


def test_what_is_not_xml_is_left_as_it_is(tmp_path: Path) -> None:
    found = rules(tmp_path, '[[compare.ignore]]\nelement = "a"\n')
    broken = Component(ComponentId("Profile", "Admin"), {"profiles/Admin.profile": b"<Profile>"})
    assert found.strip(broken).files == broken.files


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[compare.ignore]\n", "cannot be read"),
        ("[compare]\nignore = 'Profile'\n", "no list"),
        ("[[compare.ignore]]\n", "would ignore everything"),
        ("[[compare.ignore]]\ntypo = 'Profile'\n", "has typo"),
        ("[[compare.ignore]]\ntype = 3\n", "no table of texts"),
        ("[[compare.ignore]]\nvalue = '('\n", "no regular expression"),
    ],
)
def test_a_mistake_in_the_rules_is_a_sentence_with_the_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadIgnoreRules, match=words) as refused:
        rules(tmp_path, text)
    assert "config.toml" in str(refused.value)


async def test_what_is_ignored_is_the_same_or_left_out_and_counted(tmp_path: Path) -> None:
    a, b = folders.generate_pair(tmp_path)
    plain = [event async for event in compare(FolderSource(a), FolderSource(b))]
    found = rules(
        tmp_path,
        '[[compare.ignore]]\ntype = "Flow"\nname = "Flow_1"\nelement = "label"\n'
        '[[compare.ignore]]\ntype = "CustomField"\nname = "Thing_3__c.*"\n',
    )
    events = [event async for event in compare(FolderSource(a), FolderSource(b), ignore=found)]
    before, after = (
        {one.full_name: one for one in each if isinstance(one, ComponentCompared)} for each in (plain, events)
    )
    assert before["Flow_1"].status == "different" and not before["Flow_1"].ignored
    assert after["Flow_1"].status == "same" and after["Flow_1"].ignored
    gone = {name for name in before if name.startswith("Thing_3__c.F")}
    assert gone and set(before) - set(after) == gone
    assert isinstance(events[-1], CompareFinished) and events[-1].ignored == len(gone) + 1
    assert isinstance(plain[-1], CompareFinished) and plain[-1].ignored == 0
