"""Code: Apex classes and triggers, Visualforce, Lightning components, Aura components, static resources."""

from __future__ import annotations

from random import Random

from hotfix_tui.localorg.generate.words import QUALITIES, SENTENCES, words
from hotfix_tui.localorg.generate.world import MadeObject, Named, World
from hotfix_tui.localorg.generate.xmltext import document, text

Files = dict[str, bytes]
_VERSION = "63.0"
_LARGEST = 100_000

_METHODS = (
    """
    /**
     * {sentence}
     */
    public List<{object}> find{name}(Set<Id> ids) {{
        if (ids == null || ids.isEmpty()) {{
            return new List<{object}>();
        }}
        return [
            SELECT Id, Name, {fields}
            FROM {object}
            WHERE Id IN :ids AND {number} >= {limit}
            ORDER BY CreatedDate DESC
            LIMIT 2000
        ];
    }}
""",
    """
    public void apply{name}(List<{object}> records, Map<Id, {object}> before) {{
        List<{object}> changed = new List<{object}>();
        for ({object} record : records) {{
            {object} old = before == null ? null : before.get(record.Id);
            // {sentence}
            if (old != null && old.{number} == record.{number}) {{
                continue;
            }}
            if (record.{number} == null || record.{number} > {limit}) {{
                record.{number} = {limit};
                changed.add(record);
            }}
        }}
        if (!changed.isEmpty()) {{
            new {other}().handle(changed.size());
        }}
    }}
""",
    """
    private Decimal weigh{name}({object} record, Decimal factor) {{
        Decimal total = 0;
        // {sentence}
        for (Integer step = 0; step < {steps}; step++) {{
            total += (record.{number} == null ? 0 : record.{number}) * factor / (step + 1);
            if (total > {limit}) {{
                return {limit};
            }}
        }}
        return total.setScale(2, RoundingMode.HALF_UP);
    }}
""",
    """
    @AuraEnabled
    public static List<{object}> load{name}(Id recordId, Integer pageSize) {{
        try {{
            return [
                SELECT Id, {fields}
                FROM {object}
                WHERE Id = :recordId
                LIMIT :pageSize
            ];
        }} catch (QueryException problem) {{
            throw new AuraHandledException(Label.{label});
        }}
    }}
""",
)
_TEST_METHOD = """
    @IsTest
    static void {name}IsKept() {{
        {object} record = new {object}(Name = 'Test {limit}');
        record.{number} = {limit};
        insert record;
        Test.startTest();
        new {tested}().handle({steps});
        Test.stopTest();
        {object} found = [SELECT Id, {number} FROM {object} WHERE Id = :record.Id];
        // {sentence}
        System.assertEquals({limit}, found.{number}, 'kept as it was given');
    }}
"""


def meta(root: str, *items: tuple[str, object]) -> bytes:
    """A -meta.xml file."""
    return document(root, list(items))


def _code_meta(root: str) -> bytes:
    return meta(root, ("apiVersion", _VERSION), ("status", "Active"))


def _size(rng: Random, middle: int) -> int:
    """Bytes a source has: most are small, a few are very long."""
    return min(_LARGEST, int(rng.lognormvariate(0, 1.1) * middle))


def make_class(world: World, named: Named, rng: Random, edition: int) -> Files:
    """An Apex class, or the test of one."""
    name = named.full_name
    body = _test_class(world, named, rng, edition) if name.endswith("Test") else _class(world, named, rng, edition)
    return {f"classes/{name}.cls": body, f"classes/{name}.cls-meta.xml": _code_meta("ApexClass")}


def _class(world: World, named: Named, rng: Random, edition: int) -> bytes:
    owner, kinds = named.owner, ("Service", "Selector", "Domain")
    others = [each for each in world.classes.get(owner.name, ()) if each != named.full_name] or [named.full_name]
    parts = [
        f"/**\n * {owner.label}: {words(_kind(named)).lower()}.\n * {rng.choice(SENTENCES)}\n */\n",
        f"public {'inherited' if named.full_name.endswith(kinds) else 'with'} sharing class {named.full_name} {{\n",
        f"    private static final Integer MOST = {rng.randint(2, 200) * 10 + edition};\n",
        "\n    public void handle(Integer count) {\n        if (count > MOST) {\n"
        f"            throw new IllegalArgumentException('More than ' + MOST + ' {owner.plural.lower()}');\n"
        "        }\n    }\n",
    ]
    parts += _methods(world, named, rng, _METHODS, _size(rng, 5_000), others)
    return "".join([*parts, "}\n"]).encode()


def _kind(named: Named) -> str:
    return named.full_name.removeprefix(named.owner.stem) or named.full_name


def _test_class(world: World, named: Named, rng: Random, edition: int) -> bytes:
    tested = named.full_name.removesuffix("Test")
    parts = [
        f"@IsTest\nprivate class {named.full_name} {{\n",
        f"    static final Integer RUNS = {rng.randint(1, 50) + edition};\n",
    ]
    parts += _methods(world, named, rng, (_TEST_METHOD,), _size(rng, 2_500), [tested])
    return "".join([*parts, "}\n"]).encode()


def _methods(
    world: World, named: Named, rng: Random, templates: tuple[str, ...], size: int, others: list[str]
) -> list[str]:
    """Methods on the class's object, until there are enough bytes of them."""
    owner = named.owner
    numbers = [one.name for one in owner.fields if one.kind in ("Currency", "Number", "Percent")] or ["Id"]
    able = [one.name for one in owner.fields] or ["CreatedDate"]
    labels = world.named["CustomLabel"]
    label = labels[named.index % len(labels)].full_name
    parts: list[str] = []
    written = 0
    while written < size:
        part = rng.choice(templates).format(
            name=f"{rng.choice(QUALITIES)}{len(parts) + 1}",
            object=owner.name,
            number=rng.choice(numbers),
            fields=", ".join(dict.fromkeys(rng.choices(able, k=4))),
            limit=rng.randint(1, 9_999),
            steps=rng.randint(2, 40),
            sentence=rng.choice(SENTENCES),
            other=rng.choice(others),
            tested=others[0],
            label=label,
        )
        parts.append(part)
        written += len(part)
    return parts


def make_trigger(world: World, named: Named, rng: Random, edition: int) -> Files:
    """An Apex trigger that gives its work to the object's handler."""
    owner, name = named.owner, named.full_name
    handler = f"{owner.stem}TriggerHandler"
    known = world.full_names["ApexClass"]
    act = f"new {handler}().handle(Trigger.size);" if handler in known else "System.debug(Trigger.size);"
    most = rng.randint(100, 2_000) + edition
    body = (
        f"trigger {name} on {owner.name} (before insert, before update, after insert, after update) {{\n"
        f"    // {rng.choice(SENTENCES)}\n    if (Trigger.size > {most}) {{\n        return;\n    }}\n    {act}\n}}\n"
    )
    return {
        f"triggers/{name}.trigger": body.encode(),
        f"triggers/{name}.trigger-meta.xml": _code_meta("ApexTrigger"),
    }


def make_page(world: World, named: Named, rng: Random, edition: int) -> Files:
    """A Visualforce page with the fields of an object."""
    owner, name = named.owner, named.full_name
    fields = [f'            <apex:outputField value="{{!{owner.name}.{one.name}}}"/>' for one in owner.some(rng, 30)]
    header = world.pick("ApexComponent", rng)
    lines = [
        f'<apex:page standardController="{owner.name}" title="{owner.label}" docType="html-5.0">',
        *([f"    <c:{header}/>"] if header else []),
        f'    <apex:pageBlock title="{owner.label}{" (new)" if edition else ""}">',
        '        <apex:pageBlockSection columns="2">',
        *fields,
        "        </apex:pageBlockSection>\n    </apex:pageBlock>\n</apex:page>\n",
    ]
    about = meta("ApexPage", ("apiVersion", _VERSION), ("availableInTouch", True), ("label", words(name)))
    return {f"pages/{name}.page": "\n".join(lines).encode(), f"pages/{name}.page-meta.xml": about}


def make_component(world: World, named: Named, rng: Random, edition: int) -> Files:
    """A Visualforce component."""
    name = named.full_name
    body = (
        f"<apex:component>\n    <h1>{named.owner.plural}{' today' if edition else ''}</h1>\n"
        f"    <p>{text(rng.choice(SENTENCES))}</p>\n</apex:component>\n"
    )
    about = meta("ApexComponent", ("apiVersion", _VERSION), ("label", words(name)))
    return {f"components/{name}.component": body.encode(), f"components/{name}.component-meta.xml": about}


def make_suite(world: World, named: Named, rng: Random, edition: int) -> Files:
    """A suite of the test classes of an object."""
    some = sorted(rng.sample(world.tests, min(8 + edition, len(world.tests))))
    body = document("ApexTestSuite", [("testClassName", each) for each in some])
    return {f"testSuites/{named.full_name}.testSuite": body}


def make_lightning(world: World, named: Named, rng: Random, edition: int) -> Files:
    """A Lightning web component on an object: markup, script, style and description."""
    owner, name = named.owner, named.full_name
    folder = f"lwc/{name}/{name}"
    fields = owner.some(rng, 40, "Text", "Number", "Currency", "Date", "Picklist")
    rows = "".join(
        f'            <lightning-input-field field-name="{one.name}" class="slds-p-around_small">\n'
        "            </lightning-input-field>\n"
        for one in fields
    )
    markup = (
        f'<template>\n    <lightning-card title="{owner.plural}" icon-name="standard:record">\n'
        f'        <lightning-record-edit-form object-api-name="{owner.name}" record-id={{recordId}}>\n'
        f"{rows}        </lightning-record-edit-form>\n    </lightning-card>\n</template>\n"
    )
    about = meta(
        "LightningComponentBundle",
        ("apiVersion", _VERSION),
        ("isExposed", True),
        ("masterLabel", f"{owner.label} {_kind(named)}"[:80]),
        ("targets", [("target", "lightning__RecordPage"), ("target", "lightning__AppPage")]),
    )
    return {
        f"{folder}.css": b".slds-card {\n    margin: 0.5rem;\n}\n",
        f"{folder}.html": markup.encode(),
        f"{folder}.js": _script(owner, named, rng, edition).encode(),
        f"{folder}.js-meta.xml": about,
    }


def _script(owner: MadeObject, named: Named, rng: Random, edition: int) -> str:
    imports = "".join(
        f"import {one.name[:-3].upper()}_FIELD from '@salesforce/schema/{owner.name}.{one.name}';\n"
        for one in owner.some(rng, 12)
    )
    handlers = "".join(
        f"\n    handle{rng.choice(QUALITIES)}{number}(event) {{\n        const value = event.detail.value;\n"
        f"        // {rng.choice(SENTENCES)}\n        if (value > {rng.randint(1, 999)}) {{\n"
        f"            this.rows = this.rows.filter((row) => row.value <= value);\n        }}\n    }}\n"
        for number in range(1, 2 + _size(rng, 2_500) // 250)
    )
    return (
        f"import {{ LightningElement, api }} from 'lwc';\n{imports}\n"
        f"const PAGE = {rng.randint(1, 20) * 10 + edition};\n\n"
        f"export default class {named.full_name[0].upper()}{named.full_name[1:]} extends LightningElement {{\n"
        f"    @api recordId;\n    rows = [];\n    page = PAGE;\n{handlers}}}\n"
    )


def make_aura(world: World, named: Named, rng: Random, edition: int) -> Files:
    """An Aura component around a Lightning web component."""
    name, inner = named.full_name, world.pick("LightningComponentBundle", rng)
    folder = f"aura/{name}/{name}"
    markup = (
        '<aura:component implements="flexipage:availableForAllPageTypes,force:hasRecordId">\n'
        f'    <aura:attribute name="size" type="Integer" default="{rng.randint(1, 50) + edition}"/>\n'
        f'    <c:{inner} recordId="{{!v.recordId}}"/>\n</aura:component>\n'
    )
    script = "({\n    init: function (component, event, helper) {\n        helper.load(component);\n    }\n});\n"
    about = meta("AuraDefinitionBundle", ("apiVersion", _VERSION), ("description", words(name)))
    return {
        f"{folder}.cmp": markup.encode(),
        f"{folder}.cmp-meta.xml": about,
        f"{folder}Controller.js": script.encode(),
    }


def make_resource(world: World, named: Named, rng: Random, edition: int) -> Files:
    """A static resource: a picture, which no zip makes smaller, or a style sheet."""
    name = named.full_name
    style = name.rstrip("0123456789").endswith("Styles")
    if style:
        rules = (
            f".c-{rng.choice(QUALITIES).lower()}-{number} {{ margin: {rng.randint(0, 40)}px;"
            f" color: #{rng.randrange(16**6):06x}; }}\n"
            for number in range(20 + _size(rng, 200) // 40)
        )
        content = "".join(rules).encode() + b".c-new { display: none; }\n" * edition
    else:
        content = b"\x89PNG\r\n\x1a\n" + rng.randbytes(_size(rng, 20_000)) + b"\x00" * edition
    about = meta(
        "StaticResource",
        ("cacheControl", "Public"),
        ("contentType", "text/css" if style else "image/png"),
        ("description", rng.choice(SENTENCES)),
    )
    path = f"staticresources/{name}.resource"
    return {path: content, f"{path}-meta.xml": about}
