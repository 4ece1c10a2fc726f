"""How the OAuth endpoints refuse: `{"error", "error_description"}` with 400, unlike the data API."""

from __future__ import annotations


class OAuthError(Exception):
    """A refusal. `code` and `description` are Salesforce's words (help: OAuth 2.0 Authorization Errors)."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status

    def body(self) -> dict[str, str]:
        """The JSON a client gets."""
        return {"error": self.code, "error_description": self.description}


def missing(name: str) -> OAuthError:
    """A parameter that must be there is not."""
    return OAuthError("invalid_request", f"missing required parameter: {name}")


def unknown_client() -> OAuthError:
    """No app has this consumer key."""
    return OAuthError("invalid_client_id", "client identifier invalid")


def not_approved() -> OAuthError:
    """The app exists, the user may not use it, or there is no such user: Salesforce does not tell the two apart."""
    return OAuthError("invalid_grant", "user hasn't approved this consumer")
