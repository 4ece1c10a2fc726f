"""The last line of defence: nothing that looks like a session id gets into a journal or a log."""

from __future__ import annotations

import re

# An access token: a 15- or 18-character org id, "!", and a long tail.
_SESSION_ID = re.compile(r"00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?(?:!|\\u0021|%21)[A-Za-z0-9._\-]{16,}")
_SESSION_ID_BYTES = re.compile(_SESSION_ID.pattern.encode())
_BEARER = re.compile(r"(?i)\b(bearer|oauth)\s+[A-Za-z0-9._!~+/\-]{16,}=*")


def redact(text: str) -> str:
    """`text` with every session id and bearer token replaced."""
    return _BEARER.sub(r"\1 (redacted)", _SESSION_ID.sub("00D(redacted)", text))


def holds_secret(content: str | bytes) -> bool:
    """Whether something in `content` looks like a session id."""
    if isinstance(content, bytes):
        return _SESSION_ID_BYTES.search(content) is not None
    return _SESSION_ID.search(content) is not None
