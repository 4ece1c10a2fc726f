"""Record ids: 15 case-sensitive characters, or 18 with a suffix that survives case-insensitive systems."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?\Z")


def checksum(id15: str) -> str:
    """The three suffix characters: each tells which of five characters are capital letters."""
    out = []
    for start in (0, 5, 10):
        block = id15[start : start + 5]
        out.append(_SUFFIX[sum(1 << k for k, char in enumerate(block) if "A" <= char <= "Z")])
    return "".join(out)


@lru_cache(maxsize=8192)
def to_18(text: str) -> str | None:
    """The 18-character form of an id in either form; None when the text is no id.

    An 18-character id whose case was lost is repaired from its suffix, as Salesforce does.
    """
    if not _ID.match(text):
        return None
    if len(text) == 15:
        return text + checksum(text)
    if checksum(text[:15]) == text[15:]:
        return text
    repaired = "".join(
        char.upper() if _SUFFIX.index(text[15 + index // 5]) >> (index % 5) & 1 else char.lower()
        for index, char in enumerate(text[:15])
    )
    return repaired + text[15:] if checksum(repaired) == text[15:] else None


def is_id(text: object) -> bool:
    """Whether a value has the form of a record id."""
    return isinstance(text, str) and to_18(text) is not None


def base62(number: int, width: int) -> str:
    """A number in Salesforce's order of digits, padded with zeros."""
    out = ""
    while number:
        number, rest = divmod(number, 62)
        out = _DIGITS[rest] + out
    return out.rjust(width, "0")


class IdMaker:
    """Makes an org's ids: the same seed and the same order of calls give the same ids.

    `seed` names the org; two characters of each id (the pod) and where counting starts come from it, so that
    ids of different orgs do not collide.
    """

    def __init__(self, seed: str) -> None:
        digest = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:12], "big")
        letters = _DIGITS[10:]
        self.pod = letters[digest % 52] + letters[digest // 52 % 52]
        self._start = digest // 2704 % 62**4

    def record_id(self, prefix: str, number: int) -> str:
        """The id of the `number`-th record (1, 2 …) of an object with this key prefix."""
        id15 = f"{prefix}{self.pod}0{base62(self.count(number), 9)}"
        return id15 + checksum(id15)

    def count(self, number: int) -> int:
        """What the digits of the `number`-th id count up to."""
        return self._start + number

    def org_id(self) -> str:
        """The organization's own id."""
        id15 = f"00D{self.pod}0000000{base62(self._start % 62**3, 3)}"
        return id15 + checksum(id15)


_TWO = [first + second for first in _DIGITS for second in _DIGITS]


def _capitals(text: str) -> int:
    return sum(1 << place for place, char in enumerate(text) if "A" <= char <= "Z")


_ONE_MARKS = [_capitals(digit) for digit in _DIGITS]
_TWO_MARKS = [_capitals(pair) for pair in _TWO]


class IdRange:
    """Ids of records that are numbered from `first` on, by their place (0, 1 …): as `record_id`, for millions."""

    def __init__(self, maker: IdMaker, prefix: str, first: int) -> None:
        self._maker = maker
        self._prefix = prefix
        self._first = first
        # All but the last five digits stay the same for nearly a billion ids.
        self._start, self._head, self._marks = -1, "", ""

    def __getitem__(self, place: int) -> str:
        start, rest = divmod(self._maker.count(self._first + place), 62**5)
        if start != self._start:
            whole = self._maker.record_id(self._prefix, self._first + place)
            self._start, self._head, self._marks = start, whole[:10], whole[15:17]
        upper, last = divmod(rest, 62**2)
        one, two = divmod(upper, 62**2)
        mark = _SUFFIX[_ONE_MARKS[one] | _TWO_MARKS[two] << 1 | _TWO_MARKS[last] << 3]
        return f"{self._head}{_DIGITS[one]}{_TWO[two]}{_TWO[last]}{self._marks}{mark}"
