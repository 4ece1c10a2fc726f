"""A school with automations on and off, served over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data import campus
from tests.data.campus import School


@pytest.fixture
def box(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "box") as school:
        yield school


@pytest.fixture
def prod(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "prod", "production") as school:
        yield school
