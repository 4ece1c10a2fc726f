"""What was read in a file before it is known which component it means."""

from __future__ import annotations

from typing import NamedTuple

OBJECT, FIELD, PATH, LOOSE, WORD = "object", "field", "path", "loose", "word"
"""Kinds of mention beside metadata types; `Mention` says what each is."""


class Mention(NamedTuple):
    """`kind` is a metadata type (`name` is a full name then), or one of

    - OBJECT: `name` is an object's API name;
    - FIELD: `name` is a field of the object `of`, or `Object.Field`;
    - PATH: `name` walks from the object `of` along relationships, `Parent__r.Owner.Title__c`;
    - LOOSE: as PATH where `of` is an object; else its custom names are WORDs (`of` is a class, or a variable from
      elsewhere);
    - WORD: `name` is a custom field or relationship of an object nobody can tell from the text.
    """

    kind: str
    name: str
    of: str = ""
