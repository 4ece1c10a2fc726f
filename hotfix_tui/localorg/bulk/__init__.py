"""The Bulk APIs of a local org: 2.0 (ingest and query) and 1.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from hotfix_tui.localorg.bulk import classic_api, ingest_api, query_api

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

__all__ = ["routes"]


def routes(org: LocalOrg) -> list[BaseRoute]:
    """The routes of both Bulk APIs of one org; serving them starts its workers."""
    org.bulk.work.start()
    return [*ingest_api.routes(org), *query_api.routes(org), *classic_api.routes(org)]
