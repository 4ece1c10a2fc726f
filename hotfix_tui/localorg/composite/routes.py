"""The composite resources, as the REST API's table of routes takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.composite.batch import Batch
from hotfix_tui.localorg.composite.composite import Composite
from hotfix_tui.localorg.composite.graph import Graphs
from hotfix_tui.localorg.composite.tree import Trees
from hotfix_tui.localorg.rest.bodies import Answer
from hotfix_tui.localorg.rest.routing import Handler, Inner

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_RESOURCES = ("tree", "batch", "sobjects", "graph")


def handlers(org: LocalOrg, inner: Inner, data: str) -> dict[str, dict[str, Handler]]:
    """By path below `data` and by method."""
    base = f"{data}/composite"
    return {
        base: {"GET": _resources, "POST": Composite(org, inner).run},
        f"{base}/graph": {"POST": Graphs(org, inner).run},
        f"{base}/batch": {"POST": Batch(org, inner).run},
        f"{base}/tree/{{object}}": {"POST": Trees(org).run},
    }


def _resources(request: Request, body: bytes) -> Response:
    """GET /composite: where the other composite resources are."""
    base = f"/services/data/v{request.path_params['version']}/composite"
    return Answer({name: f"{base}/{name}" for name in _RESOURCES})
