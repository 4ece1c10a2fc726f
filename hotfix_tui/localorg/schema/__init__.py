"""What an org has: objects, fields, record types, rules. Standard ones are bundled, custom ones come from metadata."""

from hotfix_tui.localorg.schema.model import Field, PicklistValue, RecordType, SObject, ValidationRule
from hotfix_tui.localorg.schema.schema import Schema, SchemaError

__all__ = ["Field", "PicklistValue", "RecordType", "SObject", "Schema", "SchemaError", "ValidationRule"]
