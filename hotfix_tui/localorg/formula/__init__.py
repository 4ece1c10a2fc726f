"""Formulas: validation rules, formula fields, default values, entry conditions."""

from hotfix_tui.localorg.formula.check import check
from hotfix_tui.localorg.formula.evaluate import Context, evaluate
from hotfix_tui.localorg.formula.syntax import FormulaError, parse

__all__ = ["Context", "FormulaError", "check", "evaluate", "parse"]
