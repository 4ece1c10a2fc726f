"""An org with a small library in it."""

from tests.localorg.own_org import api, bare_org, org, shared, user

__all__ = ["api", "bare_org", "org", "shared", "user"]
