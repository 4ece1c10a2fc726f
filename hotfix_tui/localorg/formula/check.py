"""Whether a formula is understood: its functions, their arguments, its fields and globals, and what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotfix_tui.localorg.formula.signatures import NAMES, NOT_IN_FIELDS, OF_A_SAVE
from hotfix_tui.localorg.formula.syntax import Binary, Call, FormulaError, Node, Path, Unary, parse
from hotfix_tui.localorg.formula.types import Types, letter_of
from hotfix_tui.localorg.schema.model import NUMBERS

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema.model import Field, SObject
    from hotfix_tui.localorg.schema.schema import Schema

MAX_LENGTH = 3900
_MAX_DEPTH = 15
USER_FIELDS_OF = {"$user": "User", "$profile": "Profile", "$organization": "Organization", "$userrole": "UserRole"}
_OF_THE_TIME = {"NOW", "TODAY", "TIMENOW"}
Kind = Literal["rule", "field", "default"]
_REFUSED: dict[Kind, frozenset[str]] = {"rule": frozenset(), "field": NOT_IN_FIELDS, "default": OF_A_SAVE}
_EXPECTED = {"B": "true or false", "N": "Number", "D": "Date", "M": "DateTime", "H": "TimeOnly", "T": "Text"}


def check(schema: Schema, owner: SObject, formula: str) -> None:
    """A validation rule's formula. Raises FormulaError with the reason why the org would not evaluate it faithfully."""
    _check(schema, owner, formula, "rule", "B")


def check_field(schema: Schema, owner: SObject, field: Field) -> None:
    """A formula field or a default value. Raises FormulaError with the reason why the org would not evaluate it."""
    wanted = letter_of(field, Path((field.name,)))
    if field.formula is not None:
        _check(schema, owner, field.formula, "field", wanted)
        _check_circle(owner, field, (field.name.lower(),))
    elif field.default is not None and wanted not in "PL":
        _check(schema, owner, field.default, "default", wanted)


def _check(schema: Schema, owner: SObject, formula: str, kind: Kind, wanted: str) -> None:
    if len(formula) > MAX_LENGTH:
        raise FormulaError(
            f"Formula is too long ({len(formula):,} characters). Maximum length is {MAX_LENGTH:,} characters."
        )
    types = Types(lambda path: _path(schema, owner, path, kind), _REFUSED[kind])
    found = types.value(parse(formula))
    if found not in (wanted, "X"):
        received = "Boolean" if found == "B" else NAMES[found]
        raise FormulaError(
            f"Formula result is data type ({received}), incompatible with expected data type ({_EXPECTED[wanted]})."
        )


def _check_circle(owner: SObject, field: Field, seen: tuple[str, ...]) -> None:
    """No formula field of the object leads back to itself."""
    for path in _paths(parse(field.formula or "")):
        inner = owner.field(path.parts[0]) if len(path.parts) == 1 else None
        if inner is None or inner.formula is None:
            continue
        if inner.name.lower() in seen:
            raise FormulaError(f"Formula error: {field.name} refers to itself, directly or by way of another formula")
        if len(seen) > _MAX_DEPTH:
            raise FormulaError(f"Formula error: {field.name} goes through more than {_MAX_DEPTH} formulas")
        _check_circle(owner, inner, (*seen, inner.name.lower()))


def looks_away(formula: str) -> bool:
    """Whether a formula reads more than its own record: parents, the user, the time. Raises FormulaError."""
    node = parse(formula)
    return any(len(path.parts) > 1 for path in _paths(node)) or bool(_functions(node) & _OF_THE_TIME)


def _functions(node: Node) -> set[str]:
    if isinstance(node, Unary):
        return _functions(node.operand)
    if isinstance(node, Binary):
        return _functions(node.left) | _functions(node.right)
    if isinstance(node, Call):
        return {node.name}.union(*(_functions(each) for each in node.arguments))
    return set()


def _paths(node: Node) -> list[Path]:
    if isinstance(node, Path):
        return [node]
    if isinstance(node, Unary):
        return _paths(node.operand)
    if isinstance(node, Binary):
        return _paths(node.left) + _paths(node.right)
    if isinstance(node, Call):
        return [path for each in node.arguments for path in _paths(each)]
    return []


def _path(schema: Schema, owner: SObject, node: Path, kind: Kind) -> str:
    head = node.parts[0].lower()
    if head.startswith("$"):
        return _global(schema, node, head)
    field = resolve(schema, owner, node)
    if kind == "field" and field.type == "textarea" and field.length > 255:
        raise FormulaError(
            f'You referenced an unsupported field type called "Long Text Area" using the following field: {node}'
        )
    return letter_of(field, node)


def _global(schema: Schema, node: Path, head: str) -> str:
    parts = node.parts
    missing = FormulaError(f"Field {node} does not exist. Check spelling.")
    if head in ("$permission", "$label", "$recordtype"):
        if len(parts) != 2 or (head == "$recordtype" and parts[1].lower() not in ("developername", "name", "id")):
            raise missing
        return "B" if head == "$permission" else "T"
    if head == "$system":
        if [part.lower() for part in parts[1:]] != ["origindatetime"]:
            raise missing
        return "M"
    if head in USER_FIELDS_OF:
        found = schema.object(USER_FIELDS_OF[head]) if len(parts) == 2 else None
    elif head in ("$custommetadata", "$setup"):
        found = schema.object(parts[1]) if len(parts) == (4 if head == "$custommetadata" else 3) else None
    else:
        raise FormulaError(f"{parts[0]} is not supported by this org")
    field = found.field(parts[-1]) if found else None
    if field is None:
        raise missing
    return "N" if field.type in NUMBERS else letter_of(field, node)


def resolve(schema: Schema, owner: SObject, node: Path) -> Field:
    """The field at the end of a path. Raises FormulaError when a step does not exist."""
    current = owner
    for step in node.parts[:-1]:
        relation = current.relationship(step.partition(":")[0])
        wanted = step.partition(":")[2]
        targets = (wanted,) if wanted else relation.reference_to if relation else ()
        if relation is not None and relation.polymorphic and not wanted and "User" in targets:
            targets = ("User",)
        found = schema.object(targets[0]) if targets else None
        if relation is None or found is None:
            raise FormulaError(f"Field {node} does not exist. Check spelling.")
        current = found
    field = current.field(node.parts[-1])
    if field is None and len(node.parts) == 1:
        field = current.field(f"{node.parts[0]}Id")
    if field is None:
        raise FormulaError(f"Field {node} does not exist. Check spelling.")
    return field
