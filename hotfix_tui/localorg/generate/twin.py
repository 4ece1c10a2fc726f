"""Where the second org differs: which components, and how, down to the last one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hotfix_tui.localorg.generate.dice import dice
from hotfix_tui.localorg.generate.world import Named, World

# What is in one org only is of types that nothing else names, so that nothing else differs because of it.
_OWN = {
    "ApexClass": "{stem}{side}Draft",
    "CustomLabel": "{words}_{side}_Draft",
    "ListView": "{name}.{side}_Draft",
    "Report": "{folder}/{words}_{side}_Draft",
    "StaticResource": "{stem}{side}Assets",
    "Flow": "{words}_{side}_Draft",
    "ValidationRule": "{name}.{side}_Draft",
    "RemoteSiteSetting": "{words}_{side}_Draft",
}
_PART = 0.15
"""The part of the differences that is in the first org only; as many are in the second only."""


@dataclass
class Differences:
    """Named components by what happens to them in the second org. Both orgs have equally many."""

    different: list[Named] = field(default_factory=list)
    only_in_a: list[Named] = field(default_factory=list)
    only_in_b: list[Named] = field(default_factory=list)

    def told(self) -> dict[str, list[dict[str, str]]]:
        """The exact sets, in the words of `compare`."""
        return {
            status: [{"type": each.type, "full_name": each.full_name} for each in sorted(found, key=_key)]
            for status, found in (
                ("different", self.different),
                ("only_in_a", self.only_in_a),
                ("only_in_b", self.only_in_b),
            )
        }


def _key(named: Named) -> tuple[str, str]:
    return named.type, named.full_name


def own_in_each(number: int) -> int:
    """Of so many differences, how many components each of the two orgs has for itself."""
    return int(number * _PART)


def differences(world: World, number: int) -> Differences:
    """`number` differences between a world and its twin, spread over all types. The same world has the same ones."""
    rng = dice("twin", world.seed, number)
    own = own_in_each(number)
    found = Differences(only_in_a=list(_own(world, own, "First")), only_in_b=list(_own(world, own, "Second")))
    kinds = [list(named) for named in world.named.values() if named]
    for named in kinds:
        rng.shuffle(named)
    # Round by round one of each type, so that a few differences already are of many types.
    while len(found.different) < number - 2 * own:
        kinds = [named for named in kinds if named]
        for named in kinds[: number - 2 * own - len(found.different)]:
            found.different.append(named.pop())
    return found


def _own(world: World, number: int, side: str) -> Iterator[Named]:
    kinds = list(_OWN)
    for index in range(number):
        kind = kinds[index % len(kinds)]
        owner = world.custom[index // len(kinds) % len(world.custom)]
        name = _OWN[kind].format(
            stem=owner.stem,
            name=owner.name,
            words=owner.label.replace(" ", "_"),
            side=side,
            folder=world.named["ReportFolder"][0].full_name,
        )
        again = index // (len(kinds) * len(world.custom))
        yield Named(kind, f"{name}{again + 1}" if again else name, owner, index)
