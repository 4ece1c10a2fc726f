"""A parent's file is the same whether it is put together line by line or element by element."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix_tui.localorg.generate.components import write
from hotfix_tui.localorg.generate.world import World
from hotfix_tui.localorg.metadata import parts, xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.types import metadata_types
from tests.localorg.metadata.samples import document


def parsed(body: bytes | None) -> bytes | None:
    """The same document in such a form that it cannot be taken line by line."""
    return body.replace(b"\n<", b"\n\n<", 1) if body else None


def slowly(type_name: str, own: bytes | None, children: list[Component]) -> bytes:
    return parts.compose(
        type_name,
        parsed(own),
        [Component(each.type, each.full_name, {"": parsed(each.xml) or b""}) for each in children],
    )


def test_generated_parents_come_out_the_same() -> None:
    world = World(1_500, 3)
    table = metadata_types().children
    families: dict[tuple[str, str], list[Component]] = {}
    owns = {}
    for found in world.named.values():
        for named in found:
            child = table.get(named.type)
            if child is not None:
                key = child.parent, parts.parent_name(child, named.full_name)
                families.setdefault(key, []).append(write(world, named))
            elif named.type == "CustomObject":
                owns[named.type, named.full_name] = write(world, named).xml
    assert {kind for kind, _ in families} == {"CustomObject", "Workflow", "CustomLabels"}
    for (kind, name), children in families.items():
        own = owns.get((kind, name))
        made = parts.compose(kind, own, reversed(children))
        assert made == slowly(kind, own, children)
        assert xml.canonical(made) == made


TEXTS = st.text(st.sampled_from("a <>&\n\"'/é"), max_size=12)


@settings(max_examples=150, deadline=None)
@given(own=st.lists(TEXTS, max_size=3), children=st.lists(TEXTS, max_size=4), name=st.booleans())
def test_whatever_texts_hold_comes_out_the_same(own: list[str], children: list[str], name: bool) -> None:
    def inner(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    overrides = "".join(f"<actionOverrides><actionName>{inner(text)}</actionName></actionOverrides>" for text in own)
    head = f"<description>{inner(own[0])}</description>{overrides}" if own else "<label>Thing</label>"
    parent = xml.canonical(document("CustomObject", head).encode())
    found = []
    for number, text in enumerate(children):
        told = f"<fullName>F{9 - number}__c</fullName>" if name else ""
        body = f"{told}<description>{inner(text)}</description><valueSet><restricted>true</restricted></valueSet>"
        xml_of = xml.canonical(document("CustomField", body).encode())
        found.append(Component("CustomField", f"Thing__c.F{9 - number}__c", {"": xml_of}))
    assert parts.compose("CustomObject", parent, found) == slowly("CustomObject", parent, found)
