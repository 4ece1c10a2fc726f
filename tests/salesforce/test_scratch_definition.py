"""A scratch org definition file is asked for as it is, or refused with the way out."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.salesforce import signup_errors
from hotfix_tui.salesforce.errors import BadDefinition
from hotfix_tui.salesforce.scratch_definition import parse


def test_what_the_dev_hub_is_asked_for() -> None:
    text = json.dumps({
        "orgName": "Acme", "edition": "Enterprise", "features": "API; MultiCurrency,", "hasSampleData": True,
        "country": "US", "release": "preview", "snapshot": "base",
    })  # fmt: skip
    assert parse(text).row == {
        "OrgName": "Acme", "Edition": "Enterprise", "Features": "API;MultiCurrency", "HasSampleData": True,
        "Country": "US", "Release": "Preview", "Snapshot": "base",
    }  # fmt: skip
    assert parse(" ").row == {}


def test_settings_are_files_of_their_own() -> None:
    given_settings = {"caseSettings": {"caseFeedItemSettings": [{"feedItemType": "EmailMessageEvent"}], "on": False}}
    [(path, content)] = parse(json.dumps({"settings": given_settings})).files().items()
    assert path == "settings/Case.settings"
    space = "{http://soap.sforce.com/2006/04/metadata}"
    root = ElementTree.fromstring(content)
    assert root.tag == f"{space}CaseSettings"
    assert [(one.tag.removeprefix(space), one.text) for one in root.iter()][1:] == [
        ("caseFeedItemSettings", None), ("feedItemType", "EmailMessageEvent"), ("on", "false"),
    ]  # fmt: skip


@given(st.text(max_size=30))
def test_a_value_in_a_setting_stays_text(value: str) -> None:
    clean = "".join(one for one in value if one.isprintable())
    [content] = parse(json.dumps({"settings": {"aSettings": {"b": clean}}})).files().values()
    assert (ElementTree.fromstring(content)[0].text or "") == clean


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "must be a JSON object"),
        ('{"orgName": 1}', "must be a text"),
        ('{"colour": "red"}', "'colour'; known are orgName"),
        ('{"orgPreferences": {}}', "write them as settings"),
        ('{"objectSettings": {}}', "bring the objects from production"),
        ('{"features": [1]}', "a list of names"),
        ('{"settings": []}', "objects by name"),
        ('{"settings": {"apex": {}}}', "'apex' is not one"),
        ('{"settings": {"a/../bSettings": {}}}', "is not one"),
        ('{"settings": {"aSettings": {"b><c": 1}}}', "no element's name"),
        ('{"settings": {"aSettings": {"b": null}}}', "has no value"),
        (f'"{"x" * 1_000_001}"', "larger than 1 MB"),
    ],
)
def test_what_it_cannot_say_is_refused_with_the_way_out(text: str, words: str) -> None:
    with pytest.raises(BadDefinition) as refused:
        parse(text)
    assert words in str(refused.value)


def test_a_code_is_said_in_words() -> None:
    assert signup_errors.why("C-1007").endswith("(C-1007)")
    assert "Support" in signup_errors.why("C-9999")
    assert signup_errors.why("X-1") == "the org gives no other reason (X-1)"
    assert signup_errors.why("") == "the org gives no reason"
