"""Working a formula out for one record.

Numbers are Decimal. A percent field is a fraction here: 70 in the API is 0.7 in a formula.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, Protocol

from hotfix_tui.localorg.formula.functions import PURE, add, is_blank, kind_of, number_of, text_of
from hotfix_tui.localorg.formula.syntax import Binary, Call, FormulaError, Literal, Node, NotUnderstood, Path, Unary

_MOST_POWER = 10_000


class Context(Protocol):
    """What a formula asks of the record and the org around it."""

    blank_as_zero: bool

    def value(self, path: tuple[str, ...]) -> Any:
        """A field or global as Decimal, str, bool, date, datetime, time or None. Raises FormulaError."""

    def prior(self, path: tuple[str, ...]) -> Any:
        """The field's value before this save; the present value of a new record."""

    def is_new(self) -> bool:
        """Whether the record is being created."""

    def is_changed(self, path: tuple[str, ...]) -> bool:
        """Whether this save changes the field."""

    def now(self) -> datetime:
        """The present instant."""

    def is_number(self, path: tuple[str, ...]) -> bool:
        """Whether the path is a number field: blank then counts as zero where the formula says so."""


def evaluate(node: Node, context: Context) -> Any:
    """The formula's value. Raises FormulaError when it cannot be worked out (division by zero, wrong types)."""
    if isinstance(node, Literal):
        return node.value  # most defaults of fields
    try:
        return _Evaluation(context).run(node)
    except (DivisionByZero, InvalidOperation, Overflow, ZeroDivisionError):
        raise FormulaError("Division by zero or a number out of range") from None
    except (TypeError, AttributeError, OverflowError) as error:
        raise FormulaError(f"Incorrect parameter type. {error}") from None


class _Evaluation:
    def __init__(self, context: Context) -> None:
        self.context = context
        self._special: dict[str, Callable[[tuple[Node, ...]], Any]] = {
            "AND": lambda a: all(self.truth(each) for each in a),
            "OR": lambda a: any(self.truth(each) for each in a),
            "NOT": lambda a: not self.truth(a[0]),
            "IF": lambda a: self.run(a[1]) if self.truth(a[0]) else self.run(a[2]),
            "CASE": self._case,
            "ISPICKVAL": lambda a: text_of(self.run(a[0])) == text_of(self.run(a[1])),
            "INCLUDES": lambda a: text_of(self.run(a[1])) in text_of(self.run(a[0])).split(";"),
            "ISBLANK": lambda a: is_blank(self.raw(a[0])),
            "ISNULL": lambda a: self.raw(a[0]) is None,
            "BLANKVALUE": self._blank_value,
            "NULLVALUE": self._blank_value,
            "TODAY": lambda a: self.context.now().date(),
            "NOW": lambda a: self.context.now(),
            "TIMENOW": lambda a: self.context.now().time(),
            "ISNEW": lambda a: self.context.is_new(),
            "ISCHANGED": lambda a: self.context.is_changed(self._path(a[0], "ISCHANGED")),
            "PRIORVALUE": lambda a: self.context.prior(self._path(a[0], "PRIORVALUE")),
        }

    def _path(self, node: Node, function: str) -> tuple[str, ...]:
        if not isinstance(node, Path):
            raise FormulaError(f"Incorrect parameter type for function '{function}()'. Expected Field")
        return node.parts

    def raw(self, node: Node) -> Any:
        """A field's own value, nothing left as nothing."""
        return self.context.value(node.parts) if isinstance(node, Path) else self.run(node)

    def run(self, node: Node) -> Any:
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Path):
            value = self.context.value(node.parts)
            if value is None and self.context.blank_as_zero and self.context.is_number(node.parts):
                return Decimal(0)
            return value
        if isinstance(node, Unary):
            return not self.truth(node.operand) if node.operator == "NOT" else self._negated(node.operand)
        if isinstance(node, Binary):
            return self._binary(node)
        return self._call(node)

    def truth(self, node: Node) -> bool:
        value = self.run(node)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise FormulaError(f"Incorrect parameter type. Expected Boolean, received {kind_of(value)}")
        return value

    def _negated(self, node: Node) -> Any:
        value = self.run(node)
        return None if value is None else -number_of(value)

    def _call(self, node: Call) -> Any:
        special = self._special.get(node.name)
        if special is not None:
            return special(node.arguments)
        function = PURE.get(node.name)
        if function is None:
            raise NotUnderstood(f"Unknown function {node.name}. Check spelling.")
        return function(*(self.run(each) for each in node.arguments))

    def _blank_value(self, arguments: tuple[Node, ...]) -> Any:
        value = self.raw(arguments[0])
        return self.run(arguments[1]) if is_blank(value) else value

    def _case(self, arguments: tuple[Node, ...]) -> Any:
        if len(arguments) % 2:
            raise FormulaError("Incorrect number of parameters for function 'CASE()'")
        value = self.run(arguments[0])
        for index in range(1, len(arguments) - 1, 2):
            if _equal(value, self.run(arguments[index])):
                return self.run(arguments[index + 1])
        return self.run(arguments[-1])

    def _binary(self, node: Binary) -> Any:
        operator = node.operator
        if operator == "AND":
            return self.truth(node.left) and self.truth(node.right)
        if operator == "OR":
            return self.truth(node.left) or self.truth(node.right)
        left, right = self.run(node.left), self.run(node.right)
        if operator in ("=", "<>"):
            return _equal(left, right) == (operator == "=")
        if operator in ("<", ">", "<=", ">="):
            return _ordered(operator, left, right)
        if operator == "&":
            return text_of(left) + text_of(right)
        return _arithmetic(operator, left, right)


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        return add(left, right, 1 if operator == "+" else -1)
    if left is None or right is None:
        return None
    if operator in ("+", "-"):
        return add(left, right, 1 if operator == "+" else -1)
    if operator == "*":
        return number_of(left) * number_of(right)
    if operator == "/":
        return number_of(left) / number_of(right)
    base, power = number_of(left), number_of(right)
    if abs(power) > _MOST_POWER:
        raise FormulaError("A power out of range")
    return base**power


def _equal(left: Any, right: Any) -> bool:
    if is_blank(left) or is_blank(right):
        return is_blank(left) and is_blank(right)
    if isinstance(left, datetime) != isinstance(right, datetime) and isinstance(left, date) and isinstance(right, date):
        return _day(left) == _day(right)
    return bool(left == right)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _ordered(operator: str, left: Any, right: Any) -> bool:
    if is_blank(left) or is_blank(right):
        return False
    kinds: tuple[type, ...] = (Decimal, str, time)
    both_dates = isinstance(left, date) and isinstance(right, date)
    if not both_dates and not any(isinstance(left, kind) and isinstance(right, kind) for kind in kinds):
        raise FormulaError(
            f"Incorrect parameter type for operator '{operator}'. {kind_of(left)} against {kind_of(right)}"
        )
    if both_dates and isinstance(left, datetime) != isinstance(right, datetime):
        left, right = _day(left), _day(right)
    found = {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator]
    return bool(found)
