"""Makes a second scenario from the incident: other API names, labels, keys, people, org aliases and row counts.

The story stays the same, so that a test of the whole hotfix can run on it; no word of the first one should help.
`generate` writes the folder and, beside it in the same folder, expectations.json; `expectations` reads that.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import scenario_tables as tables

INCIDENT = Path(__file__).parent.parent / "hotfix_tui" / "localorg" / "scenarios" / "incident"

# Stems that are renamed wherever they occur, in snake_case, "in words" and CamelCase.
_STEMS: dict[str, tuple[str, ...]] = {
    "Discount_Program": ("Tariff_Plan", "Fare_Scheme", "Rate_Campaign"),
    "Discount_Rule": ("Tariff_Clause", "Fare_Term", "Rate_Offer"),
    "Discount_Tier": ("Tariff_Step", "Fare_Band", "Rate_Rung"),
    "Discount_Engine": ("Tariff_Machine", "Fare_Works", "Rate_Resolver"),
    "Discount_Percent": ("Share_Off", "Cut_Percent", "Portion_Off"),
    "Rule_Condition": ("Clause_Test", "Term_Check", "Offer_Guard"),
    "Rule_Product": ("Clause_Article", "Term_Item", "Offer_Goods"),
    "Rule_Code": ("Clause_Mark", "Term_Tag", "Offer_Sign"),
    "Parent_Rule": ("Upper_Clause", "Base_Term", "Head_Offer"),
    "Fallback_Rule": ("Spare_Clause", "Else_Term", "Reserve_Offer"),
    "Default_Rule": ("First_Clause", "Usual_Term", "Main_Offer"),
    "Storefront": ("Market", "Outlet", "Counter"),
    "Cart_Line": ("Basket_Row", "Trolley_Entry", "Bag_Position"),
    "Cart": ("Basket", "Trolley", "Bag"),
    "Pricing": ("Tariffing", "Faring", "Rating"),
    "Price_Review": ("Tariff_Look", "Fare_Audit", "Rate_Check"),
    "Price_Hold": ("Tariff_Stop", "Fare_Wait", "Rate_Pause"),
    "Stacking_Mode": ("Joining_Way", "Combination_Style", "Piling_Kind"),
    "Max_Total_Discount": ("Top_Share", "Full_Cut", "Highest_Portion"),
    "Max_Stacked_Percent": ("Top_Joined_Share", "Full_Piled_Cut", "Highest_Chain_Portion"),
    "Superseded_By": ("Followed_By", "Ended_With", "Replaced_With"),
    "Evaluation_Order": ("Turn", "Sequence_Place", "Rank_Of_Use"),
    "External_Key": ("Global_Mark", "Foreign_Tag", "Common_Sign"),
    "Percent_Within_Program_Cap": ("Share_Below_The_Top", "Cut_Inside_Limit", "Portion_Under_Roof"),
    "Active_Program_Needs_Future_Start": ("Plan_Begins_Later", "Scheme_Starts_Ahead", "Campaign_Opens_Tomorrow"),
    "Activated_Notify": ("Begun_Message", "Opened_Signal", "Started_Word"),
    "Discount_Guard": ("Share_Watch", "Cut_Sentry", "Portion_Warden"),
    "Duplicate_Code": ("Same_Mark", "Equal_Tag", "Twin_Sign"),
    "Boutique": ("Branch", "Shop", "House"),
    "Repair_Request": ("Mending_Job", "Fixing_Order", "Workshop_Case"),
    "Customer_Tier": ("Client_Level", "Guest_Rank", "Buyer_Grade"),
    "Needs_Reprice": ("To_Be_Checked", "Wants_Look", "Price_Again"),
    "Merchandising_Manager": ("Range_Planner", "Stock_Lead", "Goods_Chief"),
}
_WORDS: dict[str, tuple[str, ...]] = {
    "BestOf": ("Highest", "Largest", "Greatest"),
    "Compound": ("Chained", "Repeated", "Nested"),
    "Additive": ("Summed", "Added", "Totalled"),
    "aurelle": ("nordlys", "kestrel", "halcyon"),
    "Aurelle": ("Nordlys", "Kestrel", "Halcyon"),
    "ines.moreau": ("pia.lund", "jo.park", "rosa.vidal"),
    "tom.okafor": ("sami.aho", "kim.ito", "luca.meyer"),
    "lea.marchand": ("nils.berg", "ada.wolf", "omar.said"),
    "Stacking": ("Joining", "Piling", "Chaining"),
    "Ines Moreau": ("Pia Lund", "Jo Park", "Rosa Vidal"),
    "Tom Okafor": ("Sami Aho", "Kim Ito", "Luca Meyer"),
    "Léa Marchand": ("Nils Berg", "Ada Wolf", "Omar Said"),
    "LNY26": ("AUT27", "MID25", "FEST28"),
    "W26": ("SUM27", "SPR25", "OLD28"),
    "pricing-rules": ("tariff-clauses", "fare-terms", "rate-offers"),
}
_HANDLES = {
    "ines": "owner",
    "tom": "builder",
    "lea": "planner",
    "release": "robot",
    "loader": "bulk",
    "trainer": "coach",
}
_ALIASES: dict[str, tuple[str, ...]] = {
    "prod": ("live", "main", "aurora"),
    "hfx1": ("patch2", "quick", "bench"),
    "uat": ("accept", "proof", "stage"),
    "qa": ("verify", "probe", "check"),
    "train": ("school", "class", "academy"),
    "dev1": ("lab", "desk", "garage"),
    "int": ("bridge", "wire", "link"),
}
_KEY_LETTERS = {"PRG": "PL", "DR": "CL", "RC": "QT", "DT": "ST", "RP": "AR", "SF": "MK", "CT": "BK", "AUR": "NOR"}
_HANDLE = re.compile(f'"({"|".join(_HANDLES)})"')
_KEY = re.compile(r"\b(DR|RC|DT|RP)-(\d{4})\b")
_OTHER_KEY = re.compile(r"\b(PRG|SF|CT|AUR)-(?=[A-Z0-9])")
_KEPT_RULES = {"DR-0102", "DR-0147", "DR-0148", "DR-0151"}


class _Names:
    """One renaming of everything, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        chosen = random.Random(seed)
        found: dict[str, str] = {}
        for old, options in _STEMS.items():
            new = options[(seed + chosen.randrange(3)) % 3]
            for spell in (str, lambda text: text.replace("_", " "), lambda text: text.replace("_", "")):
                found.setdefault(spell(old), spell(new))
        found.update({old: options[seed % 3] for old, options in _WORDS.items()})
        self.aliases = {old: options[(seed + index) % 3] for index, (old, options) in enumerate(_ALIASES.items())}
        self._factor = chosen.choice((37, 53, 71, 89))
        self._found = found
        # Not inside a longer lower-case word, but inside identifiers: CartLineTrigger, All_Storefronts.
        longest = sorted(found, key=len, reverse=True)
        self._pattern = re.compile("|".join(re.escape(each) for each in longest))

    def text(self, text: str) -> str:
        """A text, name or path, renamed."""
        text = self._pattern.sub(lambda hit: self._found[hit[0]], text)
        text = _KEY.sub(lambda hit: f"{_KEY_LETTERS[hit[1]]}-{1000 + int(hit[2]) * self._factor % 8999:04d}", text)
        return _OTHER_KEY.sub(lambda hit: f"{_KEY_LETTERS[hit[1]]}-", text)

    def toml(self, text: str) -> str:
        """scenario.toml: handles and aliases too; layers keep their names, which are folders."""
        text = self.handles(self.text(text))
        text = re.sub(r'(?m)^alias = "(.+)"$', lambda hit: f'alias = "{self.aliases[hit[1]]}"', text)
        text = re.sub(r'(?m)^name = "incident"$', 'name = "generated"', text)
        # What fills the incident's orgs up is no part of its story.
        text = re.sub(r"(?ms)^\[padding\]$.*?^$", "", text)

        def listed(hit: re.Match[str]) -> str:
            return "orgs = " + json.dumps([self.aliases[alias] for alias in json.loads(hit[1])])

        return re.sub(r"(?m)^orgs = (\[.*\])$", listed, text)

    @staticmethod
    def handles(text: str) -> str:
        """Quoted handles of users, renamed."""
        return _HANDLE.sub(lambda hit: f'"{_HANDLES[hit[1]]}"', text)


def generate(target: Path, seed: int) -> Path:
    """Writes a scenario into `target` (made, or emptied) and returns it. The same seed gives the same files."""
    names = _Names(seed)
    shutil.rmtree(target, ignore_errors=True)
    work = target.with_name(f"{target.name}.incident")
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(INCIDENT, work)
    _thin(work / "records", random.Random(seed))
    found = {"contained": _rows(work, "incident", "PricebookEntry"), "seed": _seed(work)}
    for path in sorted(work.rglob("*")):
        if path.is_file():
            _write(path, target / _path(path.relative_to(work), names), names)
    shutil.rmtree(work)
    expected = _expectations(names, len(found["contained"]), found["seed"])
    (target / "expectations.json").write_text(json.dumps(expected, indent=1))
    return target


def expectations(scenario: Path | None = None) -> dict[str, Any]:
    """What must come out of a generated scenario; without a folder, of the shipped one, in the same shape."""
    if scenario is not None:
        found: dict[str, Any] = json.loads((scenario / "expectations.json").read_text())
        return found
    identity = _Names.__new__(_Names)
    identity.aliases = dict(tables.ALIASES)
    identity.text = lambda text: text  # type: ignore[method-assign]
    return _expectations(identity, tables.CONTAINED, {"counts": tables.COUNTS, **tables.SEED})


def _path(path: Path, names: _Names) -> Path:
    parts = [names.text(part) for part in path.parts]
    if parts[0] == "changes":
        parts[1] = names.aliases[parts[1]]
    return Path(*parts)


def _write(source: Path, target: Path, names: _Names) -> None:
    text = source.read_text(encoding="utf-8")
    if source.name == "scenario.toml":
        text = names.toml(text)
    elif source.suffix == ".json":
        text = names.handles(names.text(text))
    else:
        text = names.text(text)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


# Fewer rows


def _load(work: Path, layer: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((work / "records" / layer / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _rows(work: Path, layer: str, name: str) -> list[dict[str, Any]]:
    raw = _load(work, layer, name)
    return [dict(zip(raw["columns"], row, strict=True)) if "columns" in raw else row for row in raw["rows"]]


def _thin(records: Path, chosen: random.Random) -> None:
    """Leaves rows out that nothing else needs: leaf rules with what hangs on them, conditions, products, carts."""
    work = records.parent
    rules = _rows(work, "pricing", "Discount_Rule__c")
    pointed = {row[name] for row in rules for name in ("Parent_Rule__c", "Fallback_Rule__c")}
    pointed |= {row["Default_Rule__c"] for row in _rows(work, "pricing", "Discount_Program__c")}
    pointed |= {row["Applied_Rule__c"] for row in _rows(work, "incident", "Cart_Line__c")} | _KEPT_RULES
    leaves = [row["External_Key__c"] for row in rules if row["External_Key__c"] not in pointed]
    gone = set(chosen.sample(leaves, 3))
    _keep(records / "pricing" / "Discount_Rule__c.json", lambda row: row["External_Key__c"] not in gone)
    spared = {"RC-0147-1", "RC-0148-1"}
    for name in ("Rule_Condition__c", "Discount_Tier__c", "Rule_Product__c"):
        _keep(
            records / "pricing" / f"{name}.json",
            lambda row: row["Rule__c"] not in gone and (row["External_Key__c"] in spared or chosen.random() > 0.15),
        )
    off = [row["#"] for row in _rows(work, "incident", "PricebookEntry")]
    kept = set(chosen.sample(off, chosen.randrange(18, 26)))
    _keep(records / "incident" / "PricebookEntry.json", lambda row: row["#"] in kept)


def _keep(file: Path, wanted: Callable[[dict[str, Any]], bool]) -> None:
    raw = json.loads(file.read_text(encoding="utf-8"))
    raw["rows"] = [row for row in raw["rows"] if wanted(dict(zip(raw["columns"], row, strict=True)))]
    file.write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")


# What must come out


def _seed(work: Path) -> dict[str, Any]:
    """The data set's rows by object, and what a seed of an environment that has production's products must do."""
    counts = {name: len(_rows(work, "pricing", name)) for name in tables.COUNTS if name.endswith("__c")}
    used = {row["Product__c"] for row in _rows(work, "pricing", "Rule_Product__c")}
    entries = [row for row in _rows(work, "base", "PricebookEntry") if row["Product2Id"] in used]
    off = {row["#"] for row in _rows(work, "incident", "PricebookEntry")}
    update = sum(f"{e['Pricebook2Id']}|{e['Product2Id']}|{e['CurrencyIsoCode']}" in off for e in entries)
    insert = sum(counts.values())
    counts |= {"Pricebook2": 2, "Product2": len(used), "PricebookEntry": len(entries)}
    return {"counts": counts, "insert": insert, "update": update, "equal": sum(counts.values()) - insert - update}


def _expectations(names: _Names, contained: int, seed: dict[str, Any]) -> dict[str, Any]:
    cells = {"apply", "new", "same"}

    def table(source: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        return {
            names.aliases[alias]: {names.text(n): cell if cell in cells else "differs" for n, cell in rows.items()}
            for alias, rows in source.items()
        }

    return {
        "aliases": names.aliases,
        "change": "fix",
        "data_set": names.text("pricing-rules"),
        "counts": {names.text(name): count for name, count in seed["counts"].items()},
        "seed": {act: seed[act] for act in ("insert", "update", "equal")},
        "components": table(tables.COMPONENTS),
        "records": table(tables.RECORDS),
        "automations": {names.text(name): state for name, state in tables.AUTOMATIONS.items()},
        "blocking": sorted(names.text(name) for name in tables.BLOCKING),
        "different": tables.DIFFERENT,
        "impact": tables.IMPACT,
        "contained": contained,
        "carts": tables.CARTS,
        "cart": {"object": names.text("Cart__c"), "status": names.text("Needs_Reprice")},
        "key_field": names.text("External_Key__c"),
        "twin": {name: names.text(value) for name, value in tables.TWIN.items()},
    }
