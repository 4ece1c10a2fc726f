"""SourceMember: its revision can be set, as `sf org create scratch` does it to begin a new org at zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.tooling.fields import fields

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


class TrackingWrites:
    """SourceMember rows."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    def create(self, name: str, body: dict[str, Any], user_id: str) -> str:
        """Rows are made by changes only."""
        raise not_found()

    def update(self, name: str, record_id: str, body: dict[str, Any], user_id: str) -> None:
        """Sets RevisionCounter."""
        given = fields(name, body, ("RevisionCounter",), ("RevisionCounter",))
        number = given["RevisionCounter"]
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise ApiError("JSON_PARSER_ERROR", f"Cannot deserialize instance of int from VALUE {number}")
        self._org.store.update_row(name, record_id, given)

    def delete(self, name: str, record_id: str, user_id: str) -> None:
        """Rows stay for good."""
        raise not_found()
