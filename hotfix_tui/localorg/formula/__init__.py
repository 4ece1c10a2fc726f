"""Formulas: validation rules, formula fields, default values, entry conditions."""

from hotfix_tui.localorg.formula.check import check, check_field
from hotfix_tui.localorg.formula.evaluate import Context, evaluate
from hotfix_tui.localorg.formula.syntax import FormulaError, NotUnderstood, parse

__all__ = ["Context", "FormulaError", "NotUnderstood", "check", "check_field", "evaluate", "parse"]
