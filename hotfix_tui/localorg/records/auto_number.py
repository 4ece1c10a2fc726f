"""Auto-numbers: `DR-{0000}` counts DR-0001, DR-0002 …; `{YYYY}`, `{YY}`, `{MM}`, `{DD}` are of the day of creation."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema.model import Field, SObject
    from hotfix_tui.localorg.store import Store

_PLACE = re.compile(r"\{(0+)\}")


def next_auto_number(store: Store, owner: SObject, field: Field, today: date) -> str:
    """The next value of an auto-number field; one that was given out is not given out again, rolled back or not."""
    name = f"auto:{owner.name}.{field.name}"
    counted = store.next_number(name)
    store.after_rollback(lambda: store.keep_number(name, counted))
    return numbered(field, counted, today)


def numbered(field: Field, counted: int, today: date) -> str:
    """The value of the `counted`-th row (1, 2 …) that was made today."""
    number = counted + field.starting_number - 1
    form = field.auto_number or "{0}"
    for place, text in (("YYYY", f"{today:%Y}"), ("YY", f"{today:%y}"), ("MM", f"{today:%m}"), ("DD", f"{today:%d}")):
        form = form.replace(f"{{{place}}}", text)
    if not _PLACE.search(form):
        return f"{form}{number}"
    return _PLACE.sub(lambda found: str(number).rjust(len(found[1]), "0"), form)
