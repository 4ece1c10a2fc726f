"""What a generated pair of orgs is asked to be: `components=50000,records=1000000,seed=7,differing=100`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

_LEAST = 100
_MOST = {"components": 200_000, "records": 5_000_000}


class BadRequest(ValueError):
    """A request that cannot be met. The message is a sentence."""


@dataclass(frozen=True)
class Request:
    """How large the orgs are. The same request gives the same orgs, whoever asks and whenever.

    `components`: of each org, children (fields, rules, labels …) counted one by one. `records`: of the first org.
    `differing`: components that are not the same in both, whether changed or in one org only; of records, as many.
    """

    components: int = 5_000
    records: int = 0
    seed: int = 1
    differing: int = 100

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in asdict(self).items())


def read_request(text: str) -> Request:
    """The request in `key=number,…`. Raises BadRequest."""
    known = [field.name for field in fields(Request)]
    found: dict[str, int] = {}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        if name not in known:
            raise BadRequest(f"{name or 'Nothing'} is not what can be asked for: {', '.join(known)}.")
        if name in found:
            raise BadRequest(f"{name} is given twice.")
        if not value.isdigit():
            raise BadRequest(f"{name} takes a number, not {value or 'nothing'}.")
        found[name] = int(value)
    return checked(Request(**found))


def checked(request: Request) -> Request:
    """The request, if it can be met. Raises BadRequest."""
    for name, most in _MOST.items():
        if getattr(request, name) > most:
            raise BadRequest(f"{name} goes up to {most}.")
    if request.components < _LEAST:
        raise BadRequest(f"An org has {_LEAST} components at least.")
    if request.differing * 2 > request.components:
        raise BadRequest("No more than half of the components can differ.")
    if request.records and request.records < request.differing * 10:
        raise BadRequest("There must be ten records, or none, for each that differs.")
    return request
