"""From here: a data set around one record, opened from wherever a record is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hotfix_tui.ui.org_line import OrgLine
from hotfix_tui.ui.org_rows import is_production
from hotfix_tui.ui.screens.base import BaseScreen

if TYPE_CHECKING:
    from hotfix_tui.data.from_here import Around
    from hotfix_tui.salesforce.org import Org


def open_around(screen: BaseScreen, records: Mapping[str, str]) -> None:
    """Makes a data set around a record and opens it over `screen`.

    `records`: alias → the record's Id there. Production is asked where it has the record: data sets read from there.
    """
    known = screen.hotfix_app.orgs
    productions = [one for one in records if one in known and is_production(known[one])]
    alias = next(iter([*productions, *records]))
    record_id = records[alias]
    line = OrgLine(screen.app, alias)
    screen.flash(f"{alias}: looking at what hangs on {record_id} …")

    async def ask(org: Org) -> Around:
        from hotfix_tui.data.from_here import around

        return await around(org, record_id)

    def made(found: Around | None, error: str) -> None:
        from hotfix_tui.ui.screens.data_set import DataSetScreen

        line.close()
        if not screen.is_mounted:
            return
        screen.flash(error, "bad")
        if found is not None:
            screen.app.push_screen(DataSetScreen(found.data_set, "", alias, found.notes, changed=True))

    line.ask(ask, made)
