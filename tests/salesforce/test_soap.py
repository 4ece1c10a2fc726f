"""Whatever comes back is an envelope, a fault, or said to be neither; what is sent cannot be broken out of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hotfix_tui.salesforce import replies
from hotfix_tui.salesforce.errors import SalesforceError
from hotfix_tui.salesforce.soap import Fault, NotSoap, envelope, reply

_XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=40
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["errorCode", "message", "error", "x"]), inner),
)


@given(_XML_TEXT, _XML_TEXT)
def test_values_stay_values(session: str, value: str) -> None:
    root = etree.fromstring(envelope(session, "op", [("a", [("b", value), ("c", True)]), ("d", "x")]))
    assert [str(item.tag).rpartition("}")[2] for item in root.iter()] == [
        "Envelope", "Header", "SessionHeader", "sessionId", "Body", "op", "a", "b", "c", "d",
    ]  # fmt: skip
    assert (root[0][0][0].text or "") == session
    assert [item.text or "" for item in root[1][0][0]] == [value, "true"]


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_as_such(data: bytes) -> None:
    with pytest.raises((NotSoap, Fault)):
        reply(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a/>",
        b"<Envelope/>",
        b"<Envelope><Body/></Envelope>",
        b"<Envelope><Body><a></Body></Envelope>",
        "<Envelope><Body><a/></Body></Envelope>".encode("utf-16"),
        b'<?xml version="1.0"?><!DOCTYPE Envelope><Envelope><Body><a/></Body></Envelope>',
    ],
)
def test_what_is_no_envelope_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(NotSoap):
        reply(data)


def test_prefixes_comments_and_white_space_do_not_matter() -> None:
    node = reply(
        b"<x:Envelope xmlns:x='e' xmlns:y='m'> <!-- c --><x:Body>\n<?pi?><y:r><y:n> 7.0 </y:n>"
        b"<y:b>1</y:b></y:r></x:Body></x:Envelope>"
    )
    assert (node.number("n"), node.flag("b"), node.text("none"), node.number("none")) == (7, True, "", 0)
    with pytest.raises(NotSoap):
        reply(b"<Envelope><Body><r><n>many</n></r></Body></Envelope>").number("n")


@given(st.integers(300, 599), _JSON)
def test_any_refusal_becomes_an_error_of_ours(status: int, content: object) -> None:
    error = replies.refusal(replies.Asked("box", "the query", writing=True), status, content)
    assert isinstance(error, SalesforceError)
    assert error.org == "box"
    assert error.next
