"""The API versions the metadata side answers at."""

from __future__ import annotations

import re

OLDEST, NEWEST = 31, 67
_VERSION = re.compile(r"(\d{1,3})(?:\.0)?")


def offered(version: str) -> bool:
    """Whether an address names a version from 31.0 to 67.0 (`63.0` or `63`)."""
    found = _VERSION.fullmatch(version)
    return found is not None and OLDEST <= int(found[1]) <= NEWEST


def number(version: str, default: float = float(NEWEST)) -> float:
    """A version as a number; the default for none, or what is none."""
    found = _VERSION.fullmatch(version.strip())
    return float(found[1]) if found else default
