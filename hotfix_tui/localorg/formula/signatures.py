"""What each function of formulas takes and gives, from Salesforce's "Formula Operators and Functions".

A signature is written `takes -> gives`. The letters: T text, N number, B true or false, D date, M date and time, H time
of day, P picklist, L multi-select picklist, X anything; `D/M` is either; `[N]` may be left out; `N*` any number more.
`=` gives what its argument is.
"""

from __future__ import annotations

from dataclasses import dataclass

ANY = 10_000
NAMES = {
    "T": "Text",
    "N": "Number",
    "B": "Boolean",
    "D": "Date",
    "M": "DateTime",
    "H": "Time",
    "P": "Picklist",
    "L": "Multi-Select Picklist",
    "X": "Any",
}


@dataclass(frozen=True)
class Signature:
    """`takes` has the letters of each argument; the last one is for all that follow when there may be `most`."""

    takes: tuple[str, ...]
    least: int
    most: int
    gives: str


def _read(text: str) -> Signature:
    takes, _, gives = text.partition("->")
    words = takes.split()
    plain = tuple(word.strip("[]*").replace("/", "") for word in words)
    least = sum(1 for word in words if word[0] != "[")
    return Signature(plain, least, ANY if words and words[-1].endswith("*") else len(words), gives.strip())


_TEXT = {
    "ABS": "N -> N",
    "ACOS": "N -> N",
    "ADDMONTHS": "D/M N -> =",
    "AND": "B* -> B",
    "ASCII": "T -> N",
    "ASIN": "N -> N",
    "ATAN": "N -> N",
    "ATAN2": "N N -> N",
    "BEGINS": "T T -> B",
    "BLANKVALUE": "X X -> =",
    "BR": "-> T",
    "CASESAFEID": "T -> T",
    "CEILING": "N -> N",
    "CHR": "N -> T",
    "CONTAINS": "T T -> B",
    "COS": "N -> N",
    "DATE": "N N N -> D",
    "DATETIMEVALUE": "T/D/M -> M",
    "DATEVALUE": "T/D/M -> D",
    "DAY": "D -> N",
    "DAYOFYEAR": "D -> N",
    "EXP": "N -> N",
    "FIND": "T T [N] -> N",
    "FLOOR": "N -> N",
    "FROMUNIXTIME": "N -> M",
    "HOUR": "H -> N",
    "HTMLENCODE": "T -> T",
    "HYPERLINK": "T T [T] -> T",
    "IMAGE": "T T [N] [N] -> T",
    "INCLUDES": "L T -> B",
    "INITCAP": "T -> T",
    "ISBLANK": "X -> B",
    "ISCHANGED": "X -> B",
    "ISNEW": "-> B",
    "ISNULL": "X -> B",
    "ISNUMBER": "T -> B",
    "ISOWEEK": "D -> N",
    "ISOYEAR": "D -> N",
    "ISPICKVAL": "P T -> B",
    "LEFT": "T N -> T",
    "LEN": "T -> N",
    "LN": "N -> N",
    "LOG": "N -> N",
    "LOWER": "T [T] -> T",
    "LPAD": "T N [T] -> T",
    "MAX": "N* -> N",
    "MCEILING": "N -> N",
    "MFLOOR": "N -> N",
    "MID": "T N N -> T",
    "MILLISECOND": "H -> N",
    "MIN": "N* -> N",
    "MINUTE": "H -> N",
    "MOD": "N N -> N",
    "MONTH": "D -> N",
    "NOT": "B -> B",
    "NOW": "-> M",
    "NULLVALUE": "X X -> =",
    "OR": "B* -> B",
    "PI": "-> N",
    "PICKLISTCOUNT": "L -> N",
    "PRIORVALUE": "X -> =",
    "REGEX": "T T -> B",
    "REVERSE": "T -> T",
    "RIGHT": "T N -> T",
    "ROUND": "N N -> N",
    "RPAD": "T N [T] -> T",
    "SECOND": "H -> N",
    "SIN": "N -> N",
    "SQRT": "N -> N",
    "SUBSTITUTE": "T T T -> T",
    "TAN": "N -> N",
    "TEXT": "N/D/M/H/P -> T",
    "TIMENOW": "-> H",
    "TIMEVALUE": "T/M/H -> H",
    "TODAY": "-> D",
    "TRIM": "T -> T",
    "TRUNC": "N [N] -> N",
    "UNIXTIMESTAMP": "D/M/H -> N",
    "UPPER": "T [T] -> T",
    "URLENCODE": "T -> T",
    "VALUE": "T -> N",
    "WEEKDAY": "D -> N",
    "YEAR": "D -> N",
    # What IF and CASE take and give depends on their arguments: types.py.
    "CASE": "X X X X* -> X",
    "IF": "B X X -> X",
}
SIGNATURES: dict[str, Signature] = {name: _read(text) for name, text in _TEXT.items()}

# Functions of Salesforce that need what a local org does not have; refused with this reason.
ELSEWHERE = {
    "GEOLOCATION": "distances are not worked out by this org",
    "DISTANCE": "distances are not worked out by this org",
    "VLOOKUP": "VLOOKUP is not worked out by this org",
    "GETSESSIONID": "a formula cannot have the session id of this org",
    "CURRENCYRATE": "CURRENCYRATE is not worked out by this org",
    "PREDICT": "PREDICT is not worked out by this org",
    "FORMATDURATION": "FORMATDURATION is not worked out by this org",
    "IMAGEPROXYURL": "IMAGEPROXYURL is not worked out by this org",
    "LINKTO": "LINKTO is only for custom buttons and links",
    "INCLUDE": "INCLUDE is only for custom buttons and links",
    "REQUIRESCRIPT": "REQUIRESCRIPT is only for custom buttons and links",
    "URLFOR": "URLFOR is only for custom buttons and links",
    "JSENCODE": "JSENCODE is only for custom buttons and links",
    "JSINHTMLENCODE": "JSINHTMLENCODE is only for custom buttons and links",
    "PARENTGROUPVAL": "PARENTGROUPVAL is only for reports",
    "PREVGROUPVAL": "PREVGROUPVAL is only for reports",
}
# They ask for the record as it was: only where one is saved.
OF_A_SAVE = frozenset({"ISNEW", "ISCHANGED", "PRIORVALUE"})
# Not in formula fields.
NOT_IN_FIELDS = OF_A_SAVE | {"REGEX"}
