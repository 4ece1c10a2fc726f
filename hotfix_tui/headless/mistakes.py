"""An error of a command: a sentence on stderr, an event with --json, and the right exit code."""

from __future__ import annotations

import logging
import os
import traceback

from hotfix_tui import paths
from hotfix_tui.headless import codes
from hotfix_tui.headless.output import Output
from hotfix_tui.journal import JournalError, NoSuchHotfix
from hotfix_tui.journal.secrets import redact


def told(error: Exception, command: str, output: Output) -> int:
    """Says `error`; the exit code. What is nobody's fault but ours goes to runner.log, without secrets."""
    from hotfix_tui.hotfix.failures import failure_of

    failed, result = failure_of(error)
    code = codes.USAGE if _is_usage(error) else codes.of_result(result)
    if failed is None:
        return code
    if not _is_ours(error):
        _log(error)
    if output.json:
        output.event(failed, command)
    output.message(failed.what + (f" {failed.next}" if failed.next else ""))
    return code


def _is_usage(error: Exception) -> bool:
    """Something was named that is not there, or is not what it should be."""
    from hotfix_tui.compare.folder import NotMetadata
    from hotfix_tui.compare.ignore import BadIgnoreRules
    from hotfix_tui.compare.impact import NoSuchTarget
    from hotfix_tui.data.errors import DataSetError
    from hotfix_tui.salesforce.errors import UnknownAlias

    return isinstance(error, NoSuchHotfix | NotMetadata | NoSuchTarget | BadIgnoreRules | DataSetError | UnknownAlias)


def _is_ours(error: Exception) -> bool:
    return type(error).__module__.startswith("hotfix_tui") or isinstance(error, JournalError)


def _log(error: Exception) -> None:
    words = redact("".join(traceback.format_exception(error)))
    try:
        log = os.open(paths.log_file(), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(log, "a", encoding="utf-8") as file:
            file.write(words)
    except OSError as problem:
        logging.getLogger(__name__).debug("no log: %s", problem)
