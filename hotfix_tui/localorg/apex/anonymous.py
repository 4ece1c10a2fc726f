"""Anonymous Apex: it is answered, and does nothing.

Source: Tooling API, "executeAnonymous" and ExecuteAnonymousResult of the Apex and Tooling WSDLs.
"""

from __future__ import annotations

from typing import Any


def execute_anonymous(body: str) -> dict[str, Any]:
    """The ExecuteAnonymousResult of code that compiles and ends without an exception. Nothing is compiled or run."""
    return {
        "line": -1,
        "column": -1,
        "compiled": True,
        "success": True,
        "compileProblem": None,
        "exceptionStackTrace": None,
        "exceptionMessage": None,
    }
