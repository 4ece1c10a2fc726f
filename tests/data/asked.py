"""What the tests of users' complaints ask the orgs and the events of a seed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.events import Event, seed
from tests.data import campus
from tests.data.campus import School
from tests.data.test_seed import of


def data_set_of(text: str) -> DataSet:
    """A data set written as a person would."""
    return campus.data_set(Path(tempfile.mkdtemp()), f'v = 1\nname = "asked for"\n{text}')


def by(school: School, obj: str, key: str, *fields: str) -> dict[str, dict[str, Any]]:
    """The org's rows by their key, as it answers them itself."""
    rows = school.soql(f"SELECT {', '.join(dict.fromkeys(['Id', key, *fields]))} FROM {obj}")
    return {row[key]: row for row in rows}


def written(events: list[Event], obj: str) -> dict[str, list[str]]:
    """Act → the keys of rows of `obj` that were written, in order."""
    acts: dict[str, list[str]] = {}
    for one in of(seed.RowsWrite, events):
        if one.object == obj:
            acts.setdefault(one.act, []).extend(one.keys)
    return acts


def queries(school: School, since: int, obj: str) -> list[str]:
    """The queries of `obj` that the org was asked since then."""
    found = [unquote_plus(call["path"]) for call in list(school.traffic.requests.log)[since:]]
    return [one for one in found if f" FROM {obj} " in f"{one} "]


def writes(school: School, since: int = 0) -> list[str]:
    """The requests since then that could have changed something."""
    return [call["path"] for call in list(school.traffic.requests.log)[since:] if call["method"] != "GET"]
