"""What a component's own files name: mentions, read from metadata XML, Apex, markup and formulas; no org is asked."""

from __future__ import annotations

from hotfix_tui.compare.references.find import mentions_of
from hotfix_tui.compare.references.mention import Mention
from hotfix_tui.compare.references.names import Names

__all__ = ["Mention", "Names", "mentions_of"]
