"""The type of a formula and of its parts, and what Salesforce says when they do not fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from hotfix_tui.localorg.formula.signatures import ANY, ELSEWHERE, NAMES, SIGNATURES, Signature
from hotfix_tui.localorg.formula.syntax import Binary, Call, FormulaError, Literal, Node, Path, Unary
from hotfix_tui.localorg.schema.model import NUMBERS

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema.model import Field

_LETTERS = {
    "boolean": "B",
    "date": "D",
    "datetime": "M",
    "time": "H",
    "picklist": "P",
    "multipicklist": "L",
}
_UNSUPPORTED = {"address": "Address", "location": "Geolocation", "base64": "Base64", "json": "Metadata"}
_ARITHMETIC = "Number, Date, DateTime"


def letter_of(field: Field, path: Path) -> str:
    """The type letter (signatures.py) of a field. Raises FormulaError for types that formulas cannot read."""
    if field.type in _UNSUPPORTED:
        kind = _UNSUPPORTED[field.type]
        raise FormulaError(
            f'You referenced an unsupported field type called "{kind}" using the following field: {path}'
        )
    return "N" if field.type in NUMBERS else _LETTERS.get(field.type, "T")


class Types:
    """Works types out; `path` gives the letter of a field or global. Every method raises FormulaError."""

    def __init__(self, path: Callable[[Path], str], refused: frozenset[str] = frozenset()) -> None:
        self._path = path
        self._refused = refused

    def of(self, node: Node) -> str:
        """The letter of what a formula gives; X for nothing at all (NULL)."""
        if isinstance(node, Literal):
            return _literal(node)
        if isinstance(node, Path):
            return self._path(node)
        if isinstance(node, Unary):
            wanted, name = ("B", "!") if node.operator == "NOT" else ("N", "-")
            self._operand(name, node.operand, wanted, NAMES[wanted])
            return wanted
        if isinstance(node, Binary):
            return self._binary(node)
        return self._call(node)

    def value(self, node: Node) -> str:
        """The letter of a part that is compared, joined or given: picklists are none of those."""
        found = self.of(node)
        if found in "PL":
            kind, word = (
                ("picklist", "Picklist") if found == "P" else ("multi-select picklist", "Multi-select picklist")
            )
            shown = node if isinstance(node, Path) else node.name if isinstance(node, Call) else ""
            raise FormulaError(
                f"Field {shown} is a {kind} field. {word} fields are only supported in certain functions."
            )
        return found

    def _operand(self, operator: str, node: Node, letters: str, expected: str) -> str:
        found = self.value(node)
        if found not in letters and found != "X":
            raise FormulaError(
                f"Incorrect parameter type for operator '{operator}'. Expected {expected}, received {NAMES[found]}"
            )
        return found

    # Operators

    def _binary(self, node: Binary) -> str:
        operator = node.operator
        if operator in ("AND", "OR"):
            for each in (node.left, node.right):
                self._operand({"AND": "&&", "OR": "||"}[operator], each, "B", "Boolean")
            return "B"
        if operator == "&":
            for each in (node.left, node.right):
                self._operand("&", each, "T", "Text")
            return "T"
        if operator in ("+", "-"):
            return self._sum(node)
        if operator in ("*", "/", "^"):
            for each in (node.left, node.right):
                self._operand(operator, each, "N", "Number")
            return "N"
        return self._comparison(node)

    def _comparison(self, node: Binary) -> str:
        operator = node.operator
        left, right = self.value(node.left), self.value(node.right)
        if operator not in ("=", "<>") and "B" in (left, right):
            raise FormulaError(
                f"Incorrect parameter type for operator '{operator}'. Expected {_ARITHMETIC}, received Boolean"
            )
        if left != right and "X" not in (left, right):
            raise FormulaError(
                f"Incorrect parameter type for operator '{operator}'. Expected {NAMES[left]}, received {NAMES[right]}"
            )
        return "B"

    def _sum(self, node: Binary) -> str:
        operator = node.operator
        allowed = "NDMHT" if operator == "+" else "NDMH"
        expected = f"{_ARITHMETIC}, Text" if operator == "+" else _ARITHMETIC
        left = self._operand(operator, node.left, allowed, expected)
        right = self._operand(operator, node.right, allowed, expected)
        if "X" in (left, right):
            return left if right == "X" else right
        if left == right:
            if left in "DMH":
                if operator == "+":
                    raise FormulaError(
                        f"Incorrect parameter type for operator '+'. Expected Number, received {NAMES[right]}"
                    )
                return "N"
            return left
        if right == "N" and left in "DMH":
            return left
        if operator == "+" and left == "N" and right in "DMH":
            return right
        raise FormulaError(
            f"Incorrect parameter type for operator '{operator}'."
            f" Expected {'Number' if left in 'DMH' else NAMES[left]}, received {NAMES[right]}"
        )

    # Functions

    def _call(self, node: Call) -> str:
        signature = SIGNATURES.get(node.name)
        if signature is None:
            if node.name in ELSEWHERE:
                raise FormulaError(
                    f"Function {node.name} may not be used in this type of formula: {ELSEWHERE[node.name]}"
                )
            raise FormulaError(f"Unknown function {node.name}. Check spelling.")
        if node.name in self._refused:
            raise FormulaError(f"Function {node.name} may not be used in this type of formula")
        _check_count(node, signature)
        if node.name == "IF":
            self._argument("IF", node.arguments[0], "B")
            return self._same("IF", node.arguments[1:])
        if node.name == "CASE":
            return self._case(node)
        found = [
            self._argument(node.name, each, signature.takes[min(index, len(signature.takes) - 1)])
            for index, each in enumerate(node.arguments)
        ]
        if node.name in ("ISCHANGED", "PRIORVALUE") and not isinstance(node.arguments[0], Path):
            raise FormulaError(f"Incorrect parameter type for function '{node.name}()'. Expected Field")
        if node.name == "REGEX":
            _check_pattern(node.arguments[1])
        if node.name in ("BLANKVALUE", "NULLVALUE"):
            return self._same(node.name, node.arguments)
        return found[0] if signature.gives == "=" else signature.gives

    def _argument(self, function: str, node: Node, letters: str) -> str:
        found = self.of(node) if letters == "X" or "P" in letters or "L" in letters else self.value(node)
        if letters != "X" and found != "X" and found not in letters:
            expected = ", ".join(NAMES[letter] for letter in letters)
            raise FormulaError(
                f"Incorrect parameter type for function '{function}()'. Expected {expected}, received {NAMES[found]}"
            )
        return found

    def _same(self, function: str, nodes: Sequence[Node]) -> str:
        """All parts have one type, and that is what the function gives."""
        wanted = "X"
        for node in nodes:
            found = self.value(node)
            if wanted == "X":
                wanted = found
            elif found not in (wanted, "X"):
                raise FormulaError(
                    f"Incorrect parameter type for function '{function}()'."
                    f" Expected {NAMES[wanted]}, received {NAMES[found]}"
                )
        return wanted

    def _case(self, node: Call) -> str:
        arguments = node.arguments
        if len(arguments) % 2:
            raise FormulaError(
                f"Incorrect number of parameters for function 'CASE()'. Expected {len(arguments) - 1},"
                f" received {len(arguments)}"
            )
        subject = self.of(arguments[0])
        wanted = "T" if subject == "P" else self.value(arguments[0])
        for each in arguments[1:-1:2]:
            found = self.value(each)
            if "X" not in (wanted, found) and found != wanted:
                raise FormulaError(
                    f"Incorrect parameter type for function 'CASE()'. Expected {NAMES[wanted]}, received {NAMES[found]}"
                )
        return self._same("CASE", [*arguments[2:-1:2], arguments[-1]])


def _literal(node: Literal) -> str:
    if isinstance(node.value, bool):
        return "B"
    if isinstance(node.value, Decimal):
        return "N"
    return "X" if node.value is None else "T"


def _check_count(node: Call, signature: Signature) -> None:
    count = len(node.arguments)
    if signature.least <= count <= signature.most:
        return
    least = signature.least
    expected = (
        str(least)
        if signature.most == least
        else f"at least {least}"
        if signature.most == ANY
        else f"{least if count < least else signature.most}"
    )
    raise FormulaError(
        f"Incorrect number of parameters for function '{node.name}()'. Expected {expected}, received {count}"
    )


def _check_pattern(node: Node) -> None:
    """Java's regular expressions are not all known to Python: what it cannot read is refused, not guessed at."""
    if not isinstance(node, Literal):
        return
    try:
        re.compile(str(node.value))
    except re.error as error:
        raise FormulaError(f"REGEX: this org cannot read the pattern {node.value}: {error}") from None
