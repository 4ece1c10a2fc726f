"""Describes that a client has already, over HTTP."""

from __future__ import annotations

from email.utils import format_datetime, parsedate_to_datetime

import pytest
import requests

from tests.localorg.composite.conftest import composite, step
from tests.localorg.own_org import Api, field

PATHS = ("/sobjects", "/sobjects/Book__c/describe")


def _ask(api: Api, path: str, **headers: str) -> requests.Response:
    return api.call("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("path", PATHS)
def test_what_has_not_changed_is_not_sent_again(api: Api, path: str) -> None:
    first = _ask(api, path)
    api.org.clock.advance(2)
    seen = _ask(api, path)
    assert seen.headers["ETag"] == first.headers["ETag"]
    since, tag = seen.headers["Last-Modified"], seen.headers["ETag"]
    for headers in ({"If_Modified_Since": since}, {"If_None_Match": tag}, {"If_None_Match": f'"x", W/{tag}'}):
        answer = _ask(api, path, **headers)
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    earlier = format_datetime(parsedate_to_datetime(since).replace(year=2025), usegmt=True)
    for headers in ({"If_Modified_Since": earlier}, {"If_None_Match": '"x"'}, {"If_Modified_Since": "soon"}):
        assert _ask(api, path, **headers).status_code == 200


def test_a_change_is_sent_even_within_the_second_of_another(api: Api) -> None:
    since = _ask(api, PATHS[1]).headers["Last-Modified"]
    for number in range(2):
        api.org.schema.apply_component("CustomField", f"Book__c.N{number}__c", field(f"N{number}__c", "Date"))
        answer = _ask(api, PATHS[1], If_Modified_Since=since)
        assert answer.status_code == 200 and f'"N{number}__c"' in answer.text
        since = answer.headers["Last-Modified"]


def test_a_composite_passes_the_date_on(api: Api) -> None:
    _ask(api, PATHS[1])
    api.org.clock.advance(2)
    since = _ask(api, PATHS[1]).headers["Last-Modified"]
    asked = step("GET", PATHS[1], "a", If_Modified_Since=since)
    found = composite(api, asked, step("GET", PATHS[1], "b"))
    assert (found["a"]["httpStatusCode"], found["a"]["body"]) == (304, None)
    assert found["b"]["httpHeaders"]["Last-Modified"] == since
    assert set(found["b"]["httpHeaders"]) == {"ETag", "Last-Modified"}
