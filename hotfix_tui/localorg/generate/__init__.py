"""Orgs made up from numbers: a plausible large org, and a twin that differs in a stated number of places."""

from hotfix_tui.localorg.generate.request import BadRequest, Request, read_request

__all__ = ["BadRequest", "Request", "read_request"]
