"""Filling the orgs of a scenario up with components that its story does not need: as large as real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from hotfix_tui.localorg.generate.components import all_named, write
from hotfix_tui.localorg.generate.people import History
from hotfix_tui.localorg.generate.world import World
from hotfix_tui.localorg.metadata.bulk_load import Prepared, prepare
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.store.ids import IdMaker

# Of 10,000. Each org takes in its objects, fields and rights on its own, so there are fewer of them than elsewhere.
_SHARES = {"CustomObject": 16, "CustomField": 900, "Profile": 0, "PermissionSet": 12, "PermissionSetGroup": 3}
_SHARES |= {"ApexClass": 700, "Layout": 160, "RecordType": 60, "ValidationRule": 60, "Report": 1_500, "ListView": 500}
_SHARES |= {"CustomMetadata": 0, "CustomMetadataType": 0, "EmailTemplate": 500, "QuickAction": 200, "FlexiPage": 200}
_SHARES |= {"LightningComponentBundle": 300, "Flow": 300}
# A column more of a standard object is a statement of its own in every org.
_STANDARD: tuple[str, ...] = ()


class Padding:
    """The same components for every org of a scenario, under the same ids, as in sandboxes of one production org.

    `name` decides ids and contents; `people` are user ids that every org has; nothing is younger than `until`.
    """

    def __init__(self, name: str, components: int, people: Sequence[str], until: datetime) -> None:
        self._world = World(components, f"padding:{name}", _SHARES, _STANDARD)
        self._history = History(list(people), until)
        self._ids = IdMaker(f"{name}:padding")
        self._numbers: Counter[str] = Counter()
        self._prepared: list[Prepared] | None = None

    def prepared(self) -> list[Prepared]:
        """The components, ready for any org; worked out once."""
        if self._prepared is None:
            self._prepared = list(prepare(self._components(), self._next_id))
        return self._prepared

    def _components(self) -> Iterator[Component]:
        for named in all_named(self._world):
            yield self._history.stamp(write(self._world, named), self._world.rng(named))

    def _next_id(self, prefix: str) -> str:
        self._numbers[prefix] += 1
        return self._ids.record_id(prefix, self._numbers[prefix])
