"""The rest of a set-up: labels, custom metadata, reports, dashboards, e-mail templates, workflow, people's groups."""

from __future__ import annotations

from random import Random

from hotfix_tui.localorg.generate.code import meta
from hotfix_tui.localorg.generate.words import PEOPLE, SENTENCES, words
from hotfix_tui.localorg.generate.world import Named, World
from hotfix_tui.localorg.generate.xmltext import Items, document, text

Files = dict[str, bytes]


def make_label(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A custom label."""
    value = f"{named.owner.label}: {rng.choice(SENTENCES)}{' Ask the desk.' if edition else ''}"
    return document(
        "CustomLabel",
        [
            ("fullName", named.full_name),
            ("language", "en_US"),
            ("protected", False),
            ("shortDescription", words(named.full_name)[:80]),
            ("value", text(value)),
        ],
    )


def make_record(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A record of a custom metadata type."""
    type_name, _, name = named.full_name.partition(".")
    known = {
        "Is_Live__c": ("boolean", "true" if rng.random() < 0.7 else "false"),
        "Comment__c": ("string", text(rng.choice(SENTENCES))),
        "Endpoint__c": ("string", f"https://{type_name.lower().replace('_', '-')}.example.com/{name.lower()}"),
        "Limit__c": ("double", f"{rng.randint(1, 999) + edition}.0"),
    }
    has = {one.name for one in named.owner.fields}
    values: Items = [
        ("values", [("field", field), (f'value xsi:type="xsd:{kind}"', value)])
        for field, (kind, value) in known.items()
        if field in has
    ]
    label = f"{words(name)}{' (new)' if edition and not values else ''}"
    return document("CustomMetadata", [("label", label), ("protected", False), *values], typed=True)


# Reports and dashboards


def make_report(world: World, named: Named, rng: Random, edition: int) -> Files:
    """A report on an object, or a folder of reports."""
    if "/" not in named.full_name:
        return _folder("reports", "ReportFolder", named, edition)
    owner = named.owner
    shown = owner.some(rng, rng.randint(3, 24), "Text", "Currency", "Date", "Picklist", "Number", "Checkbox", "Lookup")
    grouped = rng.choice([one for one in shown if one.kind == "Picklist"] or [None])
    numbers = [one.name for one in shown if one.kind in ("Currency", "Number")]
    items: Items = [("columns", [("field", "CUST_NAME")])]
    for one in shown:
        if one is not grouped:
            total = [("aggregateTypes", "Sum")] if one.name in numbers else []
            items.append(("columns", [*total, ("field", f"{owner.name}.{one.name}")]))
    items.append(("description", text(rng.choice(SENTENCES))))
    if numbers:
        test: Items = [("column", f"{owner.name}.{numbers[0]}"), ("columnToColumn", False), ("isUnlocked", True)]
        test += [("operator", "greaterThan"), ("value", rng.randint(1, 99) * 100 + edition)]
        items.append(("filter", [("criteriaItems", test)]))
    items.append(("format", "Summary" if grouped else "Tabular"))
    if grouped:
        group: Items = [("dateGranularity", "Day"), ("field", f"{owner.name}.{grouped.name}"), ("sortOrder", "Asc")]
        items.append(("groupingsDown", group))
    name = words(named.full_name.partition("/")[2])
    items += [("name", f"{name} (new)" if edition else name), ("reportType", f"CustomEntity${owner.name}")]
    items += [("scope", "organization"), ("showDetails", True), ("showGrandTotal", True), ("showSubTotals", True)]
    items.append(("timeFrameFilter", [("dateColumn", "CUST_CREATED_DATE"), ("interval", "INTERVAL_CUSTOM")]))
    return {f"reports/{named.full_name}.report": document("Report", items)}


def _folder(directory: str, kind: str, named: Named, edition: int) -> Files:
    name = f"{words(named.full_name)}{' (new)' if edition else ''}"
    items: Items = [("accessType", "Public"), ("name", name), ("publicFolderAccess", "ReadOnly")]
    return {f"{directory}/{named.full_name}-meta.xml": document(kind, items)}


def make_dashboard(world: World, named: Named, rng: Random, edition: int) -> Files:
    """A dashboard on reports, or a folder of dashboards."""
    if "/" not in named.full_name:
        return _folder("dashboards", "DashboardFolder", named, edition)
    reports = [each.full_name for each in world.named["Report"]]

    def part(number: int) -> tuple[str, Items]:
        return "components", [
            ("autoselectColumnsFromReport", True),
            ("componentType", rng.choice(("Bar", "Column", "Donut", "Line"))),
            ("displayUnits", "Auto"),
            ("drillEnabled", False),
            ("header", f"Part {number}"),
            ("legendPosition", "Bottom"),
            ("report", rng.choice(reports)),
            ("showPercentage", False),
            ("showValues", True),
            ("useReportChart", False),
        ]

    left: Items = [("columnSize", "Medium"), *(part(number) for number in range(1, rng.randint(2, 6)))]
    right: Items = [("columnSize", "Medium"), *(part(number) for number in range(6, rng.randint(7, 11)))]
    name = words(named.full_name.partition("/")[2])
    body = document(
        "Dashboard",
        [
            ("backgroundEndColor", "#FFFFFF"),
            ("backgroundFadeDirection", "Diagonal"),
            ("backgroundStartColor", "#FFFFFF"),
            ("dashboardType", "SpecifiedUser"),
            ("description", text(rng.choice(SENTENCES))),
            ("isGridLayout", False),
            ("leftSection", left),
            ("rightSection", right),
            ("runningUser", f"{rng.choice(PEOPLE).lower().replace(' ', '.')}@large.example"),
            ("textColor", "#000000"),
            ("title", name),
            ("titleColor", "#000000"),
            ("titleSize", 12 + edition),
        ],
    )
    return {f"dashboards/{named.full_name}.dashboard": body}


# E-mail and workflow


def make_template(world: World, named: Named, rng: Random, edition: int) -> Files:
    """A text e-mail template, or a folder of them."""
    if "/" not in named.full_name:
        return _folder("email", "EmailFolder", named, edition)
    owner, path = named.owner, f"email/{named.full_name}.email"
    lines = [f"{one.label}: {{!{owner.name}.{one.name}}}" for one in owner.some(rng, 10)]
    body = "\n".join(["Hello,", "", rng.choice(SENTENCES), *lines, "", "Best again," if edition else "Best,"])
    name = words(named.full_name.partition("/")[2])
    about = meta(
        "EmailTemplate",
        ("available", True),
        ("encodingKey", "UTF-8"),
        ("name", name),
        ("style", "none"),
        ("subject", f"{owner.label} {{!{owner.name}.Name}}"),
        ("type", "text"),
        ("uiType", "Aloha"),
    )
    return {path: f"{body}\n".encode(), f"{path}-meta.xml": about}


def make_field_update(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A workflow field update on a field of the object that can be written."""
    name = named.full_name.partition(".")[2]
    able = named.owner.some(rng, 1, "Currency", "Number", "Percent")
    field, formula = (able[0].name, f"{rng.randint(1, 999) + edition}") if able else ("Name", f'"Named {edition}"')
    return document(
        "WorkflowFieldUpdate",
        [
            ("fullName", name),
            ("description", text(rng.choice(SENTENCES))),
            ("field", field),
            ("formula", formula),
            ("name", words(name)),
            ("notifyAssignee", False),
            ("operation", "Formula"),
            ("protected", False),
        ],
    )


def make_alert(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A workflow alert."""
    name = named.full_name.partition(".")[2]
    templates = [each.full_name for each in world.named["EmailTemplate"] if "/" in each.full_name]
    return document(
        "WorkflowAlert",
        [
            ("fullName", name),
            ("description", f"{words(name)}{' at once' if edition else ''}"),
            ("protected", False),
            ("recipients", [("type", "owner")]),
            ("senderType", "CurrentUser"),
            ("template", rng.choice(templates)),
        ],
    )


def make_workflow_rule(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A workflow rule that sets off updates and alerts of its object."""
    owner, name = named.owner, named.full_name.partition(".")[2]
    acts: Items = []
    for kind, word in (("WorkflowAlert", "Alert"), ("WorkflowFieldUpdate", "FieldUpdate")):
        for each in world.of_object.get((kind, owner.name), ())[:1]:
            acts.append(("actions", [("name", each.partition(".")[2]), ("type", word)]))
    status = "On Hold" if "Hold" in name else "Completed"
    field = f"{owner.name}.Phase__c" if any(one.name == "Phase__c" for one in owner.fields) else f"{owner.name}.Name"
    test: Items = [("field", field), ("operation", "equals"), ("value", status)]
    return document(
        "WorkflowRule",
        [
            ("fullName", name),
            *acts,
            ("active", rng.random() < 0.7),
            ("criteriaItems", test),
            ("description", f"{text(rng.choice(SENTENCES))}{' Reviewed.' if edition else ''}"),
            ("triggerType", "onCreateOrTriggeringUpdate"),
        ],
    )


# People and places


def make_queue(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A queue of an object's records; a detail has no owner, so its master's."""
    owner = world.objects[named.owner.masters[0]] if named.owner.masters else named.owner
    items: Items = [("doesSendEmailToMembers", bool(edition)), ("name", words(named.full_name))]
    return document("Queue", [*items, ("queueSobject", [("sobjectType", owner.name)])])


def make_public_group(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A public group."""
    return document("Group", [("doesIncludeBosses", bool(edition)), ("name", words(named.full_name))])


def make_role(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A role; its parent comes earlier among the roles."""
    roles = world.named["Role"]
    place = next((index for index, each in enumerate(roles) if each.full_name == named.full_name), 0)
    items: Items = [("caseAccessLevel", "Read" if edition else "Edit"), ("contactAccessLevel", "Edit")]
    items += [("description", words(named.full_name)), ("mayForecastManagerShare", False)]
    items += [("name", words(named.full_name)), ("opportunityAccessLevel", "Edit")]
    if place:
        items.append(("parentRole", roles[rng.randrange(place)].full_name))
    return document("Role", items)


def _address(named: Named, edition: int) -> str:
    return f"https://{named.owner.stem.lower()}{'-eu' if edition else ''}.example.com"


def make_remote_site(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A remote site setting."""
    items: Items = [("description", text(rng.choice(SENTENCES))), ("disableProtocolSecurity", False)]
    return document("RemoteSiteSetting", [*items, ("isActive", True), ("url", _address(named, edition))])


def make_credential(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A named credential without a secret."""
    items: Items = [("allowMergeFieldsInBody", False), ("allowMergeFieldsInHeader", False)]
    items += [("endpoint", f"{_address(named, edition)}/v1"), ("generateAuthorizationHeader", True)]
    items += [("label", words(named.full_name)), ("principalType", "Anonymous"), ("protocol", "NoAuthentication")]
    return document("NamedCredential", items)


def make_trusted_site(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A trusted site."""
    items: Items = [("context", "All"), ("description", text(rng.choice(SENTENCES)))]
    items += [("endpointUrl", _address(named, edition)), ("isActive", True)]
    flags = ("ConnectSrc", "FontSrc", "FrameSrc", "ImgSrc", "MediaSrc", "StyleSrc")
    items += [(f"isApplicableTo{each}", each in ("ConnectSrc", "ImgSrc")) for each in flags]
    return document("CspTrustedSite", items)
