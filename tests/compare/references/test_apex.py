"""What Apex source names."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.references import Names, mentions_of

CLASSES = ("Engine", "Caller", "Logger", "Base", "Cart")
FIELDS = (
    "Cart__c.Total__c",
    "Cart__c.Owner__c",
    "Line__c.Cart__c",
    "Line__c.Total__c",
    "Line__c.Net__c",
    "Case.Why__c",
)
KEYS = [
    *(ComponentId("ApexClass", name) for name in CLASSES),
    *(ComponentId("CustomField", name) for name in FIELDS),
    *(ComponentId("CustomObject", name) for name in ("Cart__c", "Line__c", "Case", "Conf__mdt")),
    ComponentId("CustomMetadata", "Conf.Default"),
    ComponentId("CustomLabel", "Hello"),
    ComponentId("CustomPermission", "Skip"),
    ComponentId("ApexPage", "Basket"),
    ComponentId("Flow", "Reprice"),
]
NAMES = Names(KEYS, {ComponentId("CustomField", "Line__c.Cart__c"): ["Cart__c"]})


def named(source: str, name: str = "Engine") -> set[str]:
    key = ComponentId("ApexClass", name)
    meta = b"<ApexClass xmlns='http://soap.sforce.com/2006/04/metadata'><status>Active</status></ApexClass>"
    component = Component(key, {f"classes/{name}.cls": source.encode(), f"classes/{name}.cls-meta.xml": meta})
    return {str(found) for found in NAMES.resolve(key, mentions_of(component))}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Caller.go();", "ApexClass:Caller"),
        ("public class Engine extends Base {}", "ApexClass:Base"),
        ("Logger logger = Logger.get(); logger.info();", "ApexClass:Logger"),
        ("ILog logger = ILog.get(); logger.info();", ""),
        ("Case cart = x; cart.Why__c = 1;", "CustomObject:Case CustomField:Case.Why__c"),
        ("Line__c l = x; l.Total__c = 1;", "CustomObject:Line__c CustomField:Line__c.Total__c"),
        ("line__C l = x; L.TOTAL__C = 1;", "CustomObject:Line__c CustomField:Line__c.Total__c"),
        (
            "for (Line__c l : x) { Decimal d = l.Cart__r.Total__c; }",
            "CustomObject:Line__c CustomField:Line__c.Cart__c CustomField:Cart__c.Total__c",
        ),
        ("Map<Id, List<Line__c>> all; all.get(i).Net__c = 1;", "CustomObject:Line__c CustomField:Line__c.Net__c"),
        ("Line__c l = x; l?.Net__c = 1;", "CustomObject:Line__c CustomField:Line__c.Net__c"),
        ("x = new Cart__c(Total__c = y(1, 2), Owner__c = u);",
         "CustomObject:Cart__c CustomField:Cart__c.Total__c CustomField:Cart__c.Owner__c"),
        (
            "x = [SELECT Id, Total__c, Cart__r.Owner__c FROM Line__c WHERE Net__c > :limitOf];",
            "CustomObject:Line__c CustomField:Line__c.Total__c CustomField:Line__c.Cart__c"
            " CustomField:Cart__c.Owner__c CustomField:Line__c.Net__c",
        ),
        (
            "Line__c l; x = [SELECT Id FROM Cart__c WHERE Total__c = :l.Net__c];",
            "CustomObject:Line__c CustomObject:Cart__c CustomField:Cart__c.Total__c CustomField:Line__c.Net__c",
        ),
        (
            "x = [SELECT Id, (SELECT Net__c FROM Lines__r) FROM Cart__c];",
            "CustomObject:Cart__c CustomField:Line__c.Net__c",
        ),
        ("f = Cart__c.Total__c.getDescribe();", "CustomObject:Cart__c CustomField:Cart__c.Total__c"),
        ("f = Schema.SObjectType.Cart__c.fields.Total__c;", "CustomObject:Cart__c CustomField:Cart__c.Total__c"),
        ("s = System.Label.Hello + Label.Hello;", "CustomLabel:Hello"),
        ("p = Page.Basket;", "ApexPage:Basket"),
        ("i = new Flow.Interview.Reprice(m);", "Flow:Reprice"),
        ("if (FeatureManagement.checkPermission('Skip')) {}", "CustomPermission:Skip"),
        ("c = Conf__mdt.getInstance('Default');", "CustomMetadata:Conf.Default CustomObject:Conf__mdt"),
        ("t = Type.forName('Caller');", "ApexClass:Caller"),
        ("String s = 'Caller Cart__c.Total__c';", ""),
        ("// Caller\n/* Cart__c */ Integer i;", ""),
        ("s = 'it\\'s // no comment'; Caller.go();", "ApexClass:Caller"),
        ("Base holder = x; holder.Net__c = 1;", "ApexClass:Base CustomField:Line__c.Net__c"),
        ("holder.Total__c = 1; Line__c l;", "CustomObject:Line__c CustomField:Line__c.Total__c"),
        ("holder.Total__c = 1;", ""),
        ("Case c; c.Total__c = 1;", "CustomObject:Case"),
        ("public class Engine { public Caller[] all; Line__c[] lines; void f() { lines[0].Net__c = all.size(); } }",
         "ApexClass:Caller CustomObject:Line__c CustomField:Line__c.Net__c"),
        ("f = String.valueOf(Line__c.SObjectType.fields.Net__c);", "CustomObject:Line__c CustomField:Line__c.Net__c"),
        ("this.line.Net__c = 1; private final Line__c line;", "CustomObject:Line__c CustomField:Line__c.Net__c"),
        ("Mock base = x; base.go(); Base.stub();", "ApexClass:Base"),
        ("other.Caller(); switch on a { when else {} }", ""),
        ("Integer x = [SELECT count() FROM Case].size();", "CustomObject:Case"),
        ("String order = 'a'; Object case1;", ""),
    ],
)  # fmt: skip
def test_source_names(source: str, expected: str) -> None:
    assert named(source) == set(expected.split())


PARTS = ("Line__c l = x;", "l.Cart__r.Total__c = 1;", "Caller.go(new Cart__c(Total__c = 1));",
         "for (Case c : [SELECT Why__c FROM Case]) {}")  # fmt: skip
ANY_WORDS = st.text(alphabet=string.ascii_letters + " _.<>=", max_size=20) | st.sampled_from(
    ["Engine Caller", "Line__c.Net__c", "SELECT Net__c FROM Line__c", "Base Logger "]
)
FILLING = st.one_of(
    ANY_WORDS.map(lambda words: f"/* {words} */"),
    ANY_WORDS.map(lambda words: f"// {words}\n"),
    ANY_WORDS.map(lambda words: f"s = '{words}';"),
    st.sampled_from([" ", "\n", "\t"]),
)


@given(st.lists(FILLING, min_size=len(PARTS), max_size=len(PARTS)))
def test_comments_and_texts_name_nothing_wherever_they_stand(filling: list[str]) -> None:
    source = "".join(f"{part}\n{between}" for part, between in zip(PARTS, filling, strict=True))
    assert named(source) == named("\n".join(PARTS))
