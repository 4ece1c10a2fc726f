"""The status of a SandboxProcess: a code in the database and in conditions, words in answers.

Source: Tooling API, SandboxProcess, Status.
"""

from __future__ import annotations

PENDING, COMPLETED, PROCESSING, PENDING_ACTIVATION, ACTIVATING = "0", "1", "2", "4", "5"
DELETED, DELETING, DISCARDING, STOPPED, SUSPENDED = "D", "E", "F", "G", "S"
# Nothing happens to these any more by itself.
AT_REST = frozenset({COMPLETED, PENDING_ACTIVATION, DELETED, STOPPED})
