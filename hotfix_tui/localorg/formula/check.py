"""Whether a formula is understood: its functions, their number of arguments, its fields and globals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.formula.functions import FUNCTIONS
from hotfix_tui.localorg.formula.syntax import Binary, Call, FormulaError, Literal, Node, Path, Unary, parse

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema.model import Field, SObject
    from hotfix_tui.localorg.schema.schema import Schema

USER_FIELDS_OF = {"$user": "User", "$profile": "Profile", "$organization": "Organization", "$userrole": "UserRole"}


def check(schema: Schema, owner: SObject, formula: str) -> None:
    """Raises FormulaError with the reason why the org would not evaluate the formula faithfully."""
    _walk(schema, owner, parse(formula))


def _walk(schema: Schema, owner: SObject, node: Node) -> None:
    if isinstance(node, Literal):
        return
    if isinstance(node, Path):
        _check_path(schema, owner, node)
    elif isinstance(node, Unary):
        _walk(schema, owner, node.operand)
    elif isinstance(node, Binary):
        _walk(schema, owner, node.left)
        _walk(schema, owner, node.right)
    else:
        _check_call(schema, owner, node)


def _check_call(schema: Schema, owner: SObject, node: Call) -> None:
    known = FUNCTIONS.get(node.name)
    if known is None:
        raise FormulaError(f"Unknown function {node.name}. Check spelling.")
    least, most = known
    if not least <= len(node.arguments) <= most:
        raise FormulaError(
            f"Incorrect number of parameters for function '{node.name}()'."
            f" Expected {least if least == most else f'at least {least}'}, received {len(node.arguments)}"
        )
    for argument in node.arguments:
        _walk(schema, owner, argument)


def _check_path(schema: Schema, owner: SObject, node: Path) -> None:
    head = node.parts[0].lower()
    if not head.startswith("$"):
        resolve(schema, owner, node)
        return
    if head in USER_FIELDS_OF:
        found = schema.object(USER_FIELDS_OF[head])
        if found is None or len(node.parts) != 2 or found.field(node.parts[1]) is None:
            raise FormulaError(f"Field {node} does not exist. Check spelling.")
    elif head == "$permission":
        if len(node.parts) != 2:
            raise FormulaError(f"Field {node} does not exist. Check spelling.")
    elif head == "$custommetadata":
        _check_setting(schema, node, node.parts[1] if len(node.parts) == 4 else "")
    elif head == "$setup":
        _check_setting(schema, node, node.parts[1] if len(node.parts) == 3 else "")
    elif head == "$recordtype" and len(node.parts) == 2 and node.parts[1].lower() in ("developername", "name", "id"):
        return
    else:
        raise FormulaError(f"{node.parts[0]} is not supported by this org")


def _check_setting(schema: Schema, node: Path, name: str) -> None:
    found = schema.object(name) if name else None
    if found is None or found.field(node.parts[-1]) is None:
        raise FormulaError(f"Field {node} does not exist. Check spelling.")


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
