"""Where an org's rows live: one SQLite file, a real table per sObject."""

from hotfix_tui.localorg.store.database import Column, Store
from hotfix_tui.localorg.store.ids import checksum, is_id, to_18

__all__ = ["Column", "Store", "checksum", "is_id", "to_18"]
