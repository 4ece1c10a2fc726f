"""Flows: record-triggered and autolaunched ones, with look-ups, decisions, assignments, updates, actions."""

from __future__ import annotations

from bisect import bisect_left
from random import Random
from typing import Any

from hotfix_tui.localorg.generate.words import QUALITIES, SENTENCES, words
from hotfix_tui.localorg.generate.world import MadeField, Named, World
from hotfix_tui.localorg.generate.xmltext import Items, document, text

_BUILDER = (
    ("BuilderType", "LightningFlowBuilder"),
    ("CanvasMode", "AUTO_LAYOUT_CANVAS"),
    ("OriginBuilderType", "LightningFlowBuilder"),
)
_MOST_STEPS = 70


def make_flow(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A flow, active or (some) a draft: a chain of steps, each a decision with what follows from it."""
    owner = named.owner
    steps = min(_MOST_STEPS, 1 + int(rng.lognormvariate(0.9, 1.0)))
    chain = _Chain(world, named, rng)
    for number in range(steps):
        chain.step(number, last=number == steps - 1)
    limit = rng.randint(1, 900) + edition
    found: dict[str, list[Any]] = chain.elements
    found["formulas"] = [[("name", "Limit"), ("dataType", "Number"), ("expression", limit), ("scale", 0)]]
    triggered = not named.full_name.rstrip("0123456789").endswith(("Intake", "Nightly"))
    start: Items = [("locationX", 50), ("locationY", 0), ("connector", [("targetReference", "Decide_1")])]
    if triggered:
        kind = "RecordBeforeSave" if named.full_name.endswith("Set_Defaults") else "RecordAfterSave"
        start += [("object", owner.name), ("recordTriggerType", "CreateAndUpdate"), ("triggerType", kind)]
    plain: dict[str, Any] = {
        "apiVersion": "63.0",
        "areMetricsLoggedToDataCloud": False,
        "description": text(rng.choice(SENTENCES)),
        "environments": "Default",
        "interviewLabel": f"{words(named.full_name)} {{!$Flow.CurrentDateTime}}",
        "label": words(named.full_name),
        "processType": "AutoLaunchedFlow",
        "start": start,
        "status": "Active" if rng.random() < 0.85 else "Draft",
    }
    for name, value in _BUILDER:
        found.setdefault("processMetadataValues", []).append([("name", name), ("value", [("stringValue", value)])])
    if not triggered:
        record = [("name", "Record"), ("dataType", "SObject"), ("isCollection", False), ("isInput", True)]
        found["variables"] = [[*record, ("isOutput", False), ("objectType", owner.name)]]
    items: Items = []
    for tag in sorted({*plain, *found}):
        items += [(tag, plain[tag])] if tag in plain else [(tag, each) for each in found[tag]]
    return document("Flow", items)


class _Chain:
    """The elements of a flow as they grow."""

    def __init__(self, world: World, named: Named, rng: Random) -> None:
        self.elements: dict[str, list[Any]] = {}
        self._world = world
        self._rng = rng
        self._name = named.full_name
        self._owner = named.owner
        head = "Record" if named.full_name.rstrip("0123456789").endswith(("Intake", "Nightly")) else "$Record"
        self._record = head
        self._numbers = [one for one in named.owner.fields if one.kind in ("Currency", "Number", "Percent")]
        self._lookups = [one for one in named.owner.fields if one.kind == "Lookup" and one.target in world.objects]

    def step(self, number: int, *, last: bool) -> None:
        """A decision, and what is done when it holds."""
        goes_on = "" if last else f"Decide_{number + 2}"
        acts = [self._assign, self._look_up, self._call, self._update]
        target = self._rng.choice(acts)(number + 1, goes_on)
        field = self._rng.choice(self._numbers).name if self._numbers else "Id"
        value = [("numberValue", f"{self._rng.randint(1, 999)}.0")] if self._numbers else [("stringValue", "none")]
        rule: Items = [
            ("name", f"Yes_{number + 1}"),
            ("conditionLogic", "and"),
            ("conditions", [
                ("leftValueReference", f"{self._record}.{field}"),
                ("operator", "GreaterThan" if self._numbers else "EqualTo"),
                ("rightValue", value),
            ]),
            ("connector", [("targetReference", target)]),
            ("label", f"{self._rng.choice(QUALITIES)} enough"),
        ]  # fmt: skip
        decision = [*self._head(f"Decide_{number + 1}", "Decide", number * 2)]
        if goes_on:
            decision.append(("defaultConnector", [("targetReference", goes_on)]))
        decision += [("defaultConnectorLabel", "Otherwise"), ("rules", rule)]
        self.elements.setdefault("decisions", []).append(decision)

    def _head(self, name: str, label: str, row: int) -> Items:
        return [("name", name), ("label", f"{label} {row // 2 + 1}"), ("locationX", 176), ("locationY", 134 + row * 60)]

    def _then(self, goes_on: str) -> Items:
        return [("connector", [("targetReference", goes_on)])] if goes_on else []

    def _assign(self, number: int, goes_on: str) -> str:
        if not self._numbers:
            return self._call(number, goes_on)
        field = self._rng.choice(self._numbers)
        item: Items = [
            ("assignToReference", f"{self._record}.{field.name}"),
            ("operator", "Add"),
            ("value", [("elementReference", "Limit")]),
        ]
        body = [*self._head(f"Set_{number}", "Set", number * 2), ("assignmentItems", item), *self._then(goes_on)]
        self.elements.setdefault("assignments", []).append(body)
        return f"Set_{number}"

    def _look_up(self, number: int, goes_on: str) -> str:
        if not self._lookups:
            return self._assign(number, goes_on)
        field: MadeField = self._rng.choice(self._lookups)
        test: Items = [("elementReference", f"{self._record}.{field.name}")]
        body = [
            *self._head(f"Get_{number}", "Get", number * 2),
            ("assignNullValuesIfNoRecordsFound", False),
            *self._then(goes_on),
            ("filterLogic", "and"),
            ("filters", [("field", "Id"), ("operator", "EqualTo"), ("value", test)]),
            ("getFirstRecordOnly", True),
            ("object", field.target),
            ("storeOutputAutomatically", True),
        ]
        self.elements.setdefault("recordLookups", []).append(body)
        return f"Get_{number}"

    def _update(self, number: int, goes_on: str) -> str:
        status = next((one for one in self._owner.fields if one.name == "Phase__c"), None)
        if status is None:
            return self._assign(number, goes_on)
        value = self._rng.choice(status.values)
        body = [
            *self._head(f"Update_{number}", "Update", number * 2),
            *self._then(goes_on),
            ("filterLogic", "and"),
            ("filters", [
                ("field", "Id"), ("operator", "EqualTo"), ("value", [("elementReference", f"{self._record}.Id")])
            ]),
            ("inputAssignments", [("field", status.name), ("value", [("stringValue", text(value))])]),
            ("object", self._owner.name),
        ]  # fmt: skip
        self.elements.setdefault("recordUpdates", []).append(body)
        return f"Update_{number}"

    def _call(self, number: int, goes_on: str) -> str:
        """An Apex action, or another flow that comes earlier by name, so that none calls itself in a circle."""
        earlier = bisect_left(self._world.subflows, self._name)
        if earlier and self._rng.random() < 0.3:
            body = [*self._head(f"Run_{number}", "Run", number * 2), *self._then(goes_on)]
            called = self._world.subflows[self._rng.randrange(earlier)]
            self.elements.setdefault("subflows", []).append([*body, ("flowName", called)])
            return f"Run_{number}"
        action = self._world.pick("ApexClass", self._rng) or "Nothing"
        body = [*self._head(f"Do_{number}", "Do", number * 2), ("actionName", action), ("actionType", "apex")]
        body += [*self._then(goes_on), ("flowTransactionModel", "CurrentTransaction"), ("nameSegment", action)]
        self.elements.setdefault("actionCalls", []).append(body)
        return f"Do_{number}"
