"""Clients that others wrote, against an org with a small library in it."""

from tests.localorg.own_org import api, bare_org, org, user

__all__ = ["api", "bare_org", "org", "user"]
