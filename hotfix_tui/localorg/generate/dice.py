"""Chance that comes out the same every time."""

from random import Random


def dice(*about: object) -> Random:
    """Chance for one thing, told by what it is about: independent of whatever was decided before."""
    return Random(":".join(map(str, about)))  # noqa: S311 - nothing secret comes from it
