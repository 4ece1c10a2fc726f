"""The same orgs as for the Metadata API."""

from __future__ import annotations

from tests.localorg.metadata.conftest import here, production, serve

__all__ = ["here", "production", "serve"]
