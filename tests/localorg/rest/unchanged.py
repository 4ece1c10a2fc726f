"""Whether a refused request left an org as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.localorg.own_org import Api

_TABLES = ("Shelf__c", "Book__c", "Loan__c", "Account", "Contact", "User", "Organization", "_schema_part")


def _everything(api: Api) -> dict[str, list[tuple[Any, ...]]]:
    store = api.org.store
    rows = {name: store.rows(f'SELECT * FROM "{name}"') for name in _TABLES}
    rows["components"] = [(str(each.component_id),) for each in api.org.components.properties("CustomObject")]
    rows["fired"] = [(len(api.org.fired.rows()),)]
    return rows


@contextmanager
def nothing_written(api: Api) -> Iterator[None]:
    """Fails when anything inside changes rows, schema, components, or what would have fired."""
    before = _everything(api)
    yield
    assert _everything(api) == before
