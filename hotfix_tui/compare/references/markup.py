"""Lightning web components, Aura and Visualforce: what their scripts and markup name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix_tui.compare.references.formula import formula_mentions, merged_mentions
from hotfix_tui.compare.references.mention import FIELD, OBJECT, Mention

_JS_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\w'\"])//[^\n]*", re.DOTALL)
_XML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MODULE = re.compile(r"""['"]@salesforce/(\w+)/([^'"]+)['"]""")
_OTHER = re.compile(r"""\bfrom\s+['"]c/(\w+)['"]|\bimport\s*\(?\s*['"]c/(\w+)['"]""")
_TAG = re.compile(r"<c-([a-z][a-z0-9-]*)")
_C_TAG = re.compile(r"<c:(\w+)")
_ATTRIBUTE = re.compile(
    r"""\b(controller|extensions|standardController|implements|extends|action)\s*=\s*(["'])(.*?)\2"""
)
_AURA_LABEL = re.compile(r"\$Label\.c\.(\w+)|\$A\.get\(\s*['\"]\$Label\.c\.(\w+)['\"]")
_AURA_OTHER = re.compile(r"""["']markup://c:(\w+)["']|["']c:(\w+)["']""")
_MODULES = {
    "label": "CustomLabel",
    "customPermission": "CustomPermission",
    "resourceUrl": "StaticResource",
    "contentAssetUrl": "ContentAsset",
    "messageChannel": "LightningMessageChannel",
    "apex": "ApexClass",
}


def script_mentions(source: str) -> Iterator[Mention]:
    """What a Lightning web component's script imports."""
    code = _JS_COMMENT.sub(" ", source)
    for found in _MODULE.finditer(code):
        yield from _module(found.group(1), found.group(2))
    for found in _OTHER.finditer(code):
        yield Mention("LightningComponentBundle", found.group(1) or found.group(2))


def _module(kind: str, name: str) -> Iterator[Mention]:
    """`@salesforce/schema/Case.Owner.Name`, `@salesforce/label/c.Hello`, `@salesforce/apex/Cart.total` …"""
    if kind == "schema":
        of, _, path = name.partition(".")
        yield Mention(OBJECT, of)
        if path:
            yield Mention("path", path, of)
    elif kind == "label" or kind == "apex":
        parts = name.split(".")
        yield Mention(_MODULES[kind], (parts[1] if parts[0] == "c" else parts[0]) if len(parts) > 1 else name)
    elif kind in _MODULES:
        own = name.removesuffix("__c") if kind == "messageChannel" else name
        yield Mention(_MODULES[kind], own)


def html_mentions(source: str) -> Iterator[Mention]:
    """What a Lightning web component's markup holds: `<c-order-line>` is the bundle orderLine."""
    for found in _TAG.finditer(_XML_COMMENT.sub(" ", source)):
        first, *rest = found.group(1).split("-")
        yield Mention("LightningComponentBundle", first + "".join(part[:1].upper() + part[1:] for part in rest))


def aura_mentions(source: str) -> Iterator[Mention]:
    """What an Aura bundle's file names, markup or script."""
    code = _JS_COMMENT.sub(" ", _XML_COMMENT.sub(" ", source))
    for found in _C_TAG.finditer(code):
        yield from _aura(found.group(1))
    for found in _AURA_OTHER.finditer(code):
        yield from _aura(found.group(1) or found.group(2))
    for found in _AURA_LABEL.finditer(code):
        yield Mention("CustomLabel", found.group(1) or found.group(2))
    for name, _, value in _ATTRIBUTE.findall(code):
        if name == "controller":
            yield Mention("ApexClass", value.strip())
        elif name in ("implements", "extends"):
            yield from (found for part in value.split(",") for found in _aura(part.strip().removeprefix("c:")))


def _aura(name: str) -> Iterator[Mention]:
    """A component of our own namespace is an Aura bundle or a Lightning web component."""
    yield Mention("AuraDefinitionBundle", name)
    yield Mention("LightningComponentBundle", name)


def visualforce_mentions(source: str) -> Iterator[Mention]:
    """What a page or component names: controllers, components, and fields of its standard object in `{!…}`."""
    code = _XML_COMMENT.sub(" ", source)
    of = ""
    for name, _, value in _ATTRIBUTE.findall(code):
        if name == "standardController":
            of = value.strip()
            yield Mention(OBJECT, of)
        elif name in ("controller", "extensions"):
            yield from (Mention("ApexClass", part.strip()) for part in value.split(","))
    for found in _C_TAG.finditer(code):
        yield Mention("ApexComponent", found.group(1))
    variables = {of.lower(): of} if of else {}
    yield from merged_mentions(code, of, variables)


def template_mentions(source: str) -> Iterator[Mention]:
    """What an e-mail template's merge fields name: `{!Case.Why__c}`, `{{{Case.Why__c}}}`."""
    for found in re.finditer(r"\{!([^}]*)\}|\{\{\{?([^}]*)\}", source):
        text = (found.group(1) or found.group(2) or "").strip()
        of, dot, field = text.partition(".")
        if dot and of.isidentifier():
            yield Mention(OBJECT, of)
            yield Mention(FIELD, field, of)
        yield from formula_mentions(text, "")
