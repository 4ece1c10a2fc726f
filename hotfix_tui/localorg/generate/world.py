"""A generated org before anything of it is written down: what there is, under which names, and what belongs to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from random import Random
from types import MappingProxyType

from hotfix_tui.localorg.generate.dice import dice
from hotfix_tui.localorg.generate.mix import counts
from hotfix_tui.localorg.generate.names import VARIANTS
from hotfix_tui.localorg.generate.words import AREAS, NOUNS, QUALITIES, STATUSES, THINGS, VALUES, pairs, plural, words

STANDARD = ("Account", "Contact", "Opportunity", "Case", "Lead", "Product2", "Order", "Asset")
KEYED = ("Account", "Contact")
"""Standard objects whose records have a key of ours."""
_OF_STANDARD = 0.12
"""The part of all custom fields that lies on standard objects."""
_KINDS = (
    ("Text", 22), ("Picklist", 15), ("Lookup", 11), ("Checkbox", 11), ("Number", 8), ("Date", 8), ("Currency", 6),
    ("Formula", 6), ("LongTextArea", 4), ("DateTime", 3), ("Percent", 2), ("TextArea", 2), ("MultiselectPicklist", 2),
    ("Email", 1), ("Phone", 1), ("Url", 1),
)  # fmt: skip


@dataclass(frozen=True)
class MadeField:
    """A custom field. `kind`: a FieldType of the Metadata API, or Formula; `target`: the object a lookup leads to."""

    name: str
    kind: str
    target: str = ""
    values: tuple[str, ...] = ()
    value_set: str = ""
    key: bool = False

    @property
    def label(self) -> str:
        """Its name in words."""
        return words(self.name)

    @property
    def grantable(self) -> bool:
        """Whether field permissions can be set: not for master-detail fields."""
        return self.kind != "MasterDetail"


@dataclass
class MadeObject:
    """An object that generated components are about; `masters`: the objects whose detail it is."""

    name: str
    fields: list[MadeField] = field(default_factory=list)
    masters: tuple[str, ...] = ()

    @property
    def custom(self) -> bool:
        """Whether it is made here."""
        return self.name.endswith("__c")

    @cached_property
    def label(self) -> str:
        """Its name in words."""
        return words(self.name)

    @cached_property
    def plural(self) -> str:
        """More than one of it."""
        return plural(self.label)

    @cached_property
    def stem(self) -> str:
        """What classes and flows about it begin with: `FreightRequest`."""
        return self.label.replace(" ", "")

    @cached_property
    def by_kind(self) -> dict[str, list[MadeField]]:
        """Its fields, by kind."""
        found: dict[str, list[MadeField]] = {}
        for each in self.fields:
            found.setdefault(each.kind, []).append(each)
        return found

    def some(self, rng: Random, most: int, *kinds: str) -> list[MadeField]:
        """Up to `most` of its fields, in their order; of these kinds where any are named."""
        able = [each for each in self.fields if not kinds or each.kind in kinds]
        picked = set(rng.sample(range(len(able)), min(most, len(able))))
        return [each for index, each in enumerate(able) if index in picked]


@dataclass(frozen=True)
class Named:
    """A component that is to be written: its type and name, its object, and its place among those of its type."""

    type: str
    full_name: str
    owner: MadeObject
    index: int = 0


class World:
    """Names and facts of a generated org; the same arguments give the same world.

    `shares` changes the proportions (mix.py); `standard` are the standard objects with fields of their own.
    """

    def __init__(
        self,
        components: int,
        seed: object,
        shares: Mapping[str, int] = MappingProxyType({}),
        standard: Sequence[str] = STANDARD,
    ) -> None:
        self.seed = seed
        self.counts = counts(components, shares)
        self._rng = dice("world", seed)
        self.value_sets = [f"{name}_Values" for name in islice(pairs(QUALITIES, AREAS), self.counts["GlobalValueSet"])]
        names = [f"{name}__c" for name in islice(pairs(AREAS, NOUNS), self.counts["CustomObject"])]
        self.custom = [MadeObject(name) for name in names]
        self.standard = [MadeObject(name) for name in standard]
        self.settings = [
            MadeObject(f"{name}_Setting__mdt")
            for name in islice(pairs(AREAS, NOUNS), self.counts["CustomMetadataType"])
        ]
        self.objects = {each.name: each for each in (*self.custom, *self.standard, *self.settings)}
        self.children: dict[str, list[tuple[MadeObject, MadeField]]] = {}
        self._masters()
        self._fill()
        self.named = {each: list(self._names(each)) for each in (*self.counts, "CustomLabel")}

    def rng(self, named: Named) -> Random:
        """What decides about one component, whatever was made before it."""
        return dice(self.seed, named.type, named.full_name)

    # Objects and fields

    def _masters(self) -> None:
        """Every third object is the detail of one that is nobody's detail; half of these stand between two."""
        free = [each for index, each in enumerate(self.custom) if index % 3 != 2]
        for index, each in enumerate(self.custom):
            if index % 3 == 2:
                first, second = (free[(index // 3 + step) % len(free)] for step in (0, 1))
                each.masters = (first.name, second.name) if index % 6 == 2 else (first.name,)

    def _fill(self) -> None:
        left = self.counts["CustomField"]
        for setting in self.settings:
            taken = min(4, left)
            setting.fields = _setting_fields()[:taken]
            left -= taken
        weights = [0.4 + self._rng.random() ** 3 * 3 for _ in self.custom]
        of_custom = round(left * (1 - _OF_STANDARD)) if self.standard else left
        shares = [int(of_custom * weight / sum(weights)) for weight in weights]
        shares[0] += of_custom - sum(shares)
        for each, number in zip(self.custom, shares, strict=True):
            each.fields = list(islice(self._fields_of(each), number))
        of_standard = left - of_custom
        for index, each in enumerate(self.standard):
            number = of_standard // len(self.standard) + (index < of_standard % len(self.standard))
            keyed = [MadeField("Source_Key__c", "Text", key=True)] if each.name in KEYED else []
            each.fields = list(islice((*keyed, *islice(self._extras(each), number)), number))
        for each in (*self.custom, *self.standard):
            for one in each.fields:
                if one.target:
                    self.children.setdefault(one.target, []).append((each, one))

    def _fields_of(self, owner: MadeObject) -> Iterator[MadeField]:
        for number, master in enumerate(owner.masters):
            name = words(master).replace(" ", "_")
            yield MadeField(f"{name}__c" if number == 0 else f"Second_{name}__c", "MasterDetail", master)
        yield MadeField("Source_Key__c", "Text", key=True)
        yield MadeField("Phase__c", "Picklist", values=STATUSES)
        yield MadeField("Parent__c", "Lookup", owner.name)
        yield MadeField("Account__c", "Lookup", "Account")
        yield MadeField("Amount__c", "Currency")
        yield MadeField("Due_On__c", "Date")
        yield MadeField("Is_Live__c", "Checkbox")
        yield MadeField("Notes__c", "LongTextArea")
        yield from self._extras(owner)

    def _extras(self, owner: MadeObject) -> Iterator[MadeField]:
        rng = dice("fields", self.seed, owner.name)
        taken = set[str]()
        kinds, weights = zip(*_KINDS, strict=True)
        names = {kind: pairs(QUALITIES, things) for kind, things in THINGS.items()}
        targets = [each.name for each in self.custom] + [each.name for each in self.standard[:4]]
        while True:
            kind = rng.choices(kinds, weights)[0]
            name = f"{next(names[kind])}__c"
            if name in taken:
                continue
            taken.add(name)
            if kind == "Lookup":
                yield MadeField(name, kind, rng.choice(targets))
            elif kind == "Picklist" and rng.random() < 0.2:
                yield MadeField(name, kind, value_set=rng.choice(self.value_sets))
            elif kind in ("Picklist", "MultiselectPicklist"):
                yield MadeField(name, kind, values=rng.choice(VALUES))
            else:
                yield MadeField(name, kind)

    # Names of the rest

    def _names(self, kind: str) -> Iterator[Named]:
        if kind in ("CustomObject", "CustomMetadataType"):
            for index, each in enumerate(self.custom if kind == "CustomObject" else self.settings):
                yield Named("CustomObject", each.name, each, index)
        elif kind == "CustomField":
            for owner in self.objects.values():
                for index, one in enumerate(owner.fields):
                    yield Named(kind, f"{owner.name}.{one.name}", owner, index)
        elif kind == "GlobalValueSet":
            for index, name in enumerate(self.value_sets):
                yield Named(kind, name, self.custom[index % len(self.custom)], index)
        else:
            yield from self.spread(kind, self.counts[kind], VARIANTS[kind])

    def spread(self, kind: str, number: int, variants: Sequence[str]) -> Iterator[Named]:
        """Names of a type, object by object, as `variants` has them; once these are used up, again with numbers."""
        owners = self.settings if kind == "CustomMetadata" else self.custom
        real = kind.replace("Folder", "").replace("Email", "EmailTemplate") if kind.endswith("Folder") else kind
        for index in range(number):
            owner = owners[index % len(owners)]
            turn = index // len(owners)
            again, which = divmod(turn, len(variants))
            name = variants[which].format(
                stem=owner.stem,
                name=owner.name,
                words=owner.label.replace(" ", "_"),
                label=owner.label,
                folder=self._folder(kind, index),
                area=owner.label.partition(" ")[0],
            )
            yield Named(real, f"{name}{again + 1}" if again else name, owner, index)

    def _folder(self, kind: str, index: int) -> str:
        folder = f"{kind.removesuffix('Template')}Folder"
        if folder not in self.counts:
            return ""
        return VARIANTS[folder][0].format(words=self.custom[index % self.counts[folder]].label.replace(" ", "_"))

    @cached_property
    def full_names(self) -> dict[str, frozenset[str]]:
        """All names of a type, for asking whether there is one."""
        return {kind: frozenset(each.full_name for each in found) for kind, found in self.named.items()}

    @cached_property
    def classes(self) -> dict[str, list[str]]:
        """The classes about an object that are no tests, by the object's name."""
        found: dict[str, list[str]] = {}
        for each in self.named["ApexClass"]:
            if not each.full_name.endswith("Test"):
                found.setdefault(each.owner.name, []).append(each.full_name)
        return found

    @cached_property
    def tests(self) -> list[str]:
        """The test classes."""
        return [each.full_name for each in self.named["ApexClass"] if each.full_name.endswith("Test")]

    @cached_property
    def subflows(self) -> list[str]:
        """The flows that other flows run, by name."""
        return sorted(each.full_name for each in self.named["Flow"] if each.full_name.endswith("Intake"))

    @cached_property
    def of_object(self) -> dict[tuple[str, str], list[str]]:
        """The components of a type that are about an object, by type and the object's name."""
        found: dict[tuple[str, str], list[str]] = {}
        for kind, all_of_it in self.named.items():
            for each in all_of_it:
                found.setdefault((kind, each.owner.name), []).append(each.full_name)
        return found

    def pick(self, kind: str, rng: Random) -> str:
        """The name of a component of a type; "" when there is none."""
        found = self.named[kind]
        return rng.choice(found).full_name if found else ""


def _setting_fields() -> list[MadeField]:
    return [
        MadeField("Endpoint__c", "Text"),
        MadeField("Limit__c", "Number"),
        MadeField("Is_Live__c", "Checkbox"),
        MadeField("Comment__c", "TextArea"),
    ]
