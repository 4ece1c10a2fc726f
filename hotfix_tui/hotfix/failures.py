"""How an error becomes a fact of the journal: what happened, in which org, what was and was not written, what now."""

from __future__ import annotations

from hotfix_tui.events.session import Failed
from hotfix_tui.hotfix.context import Result
from hotfix_tui.hotfix.errors import HotfixError, PermitRefused, StepCancelled, StepRefused
from hotfix_tui.journal import JournalError

_LISTED = "what the log lists; a call that was under way is looked up in the org on the next start"
_UNKNOWN = "not known: the request may have reached the org; it is looked up there on the next start"


def failure_of(error: Exception) -> tuple[Failed | None, Result]:
    """The fact to write for `error` (None when the person asked for it), and the step's result."""
    # These rooms load HTTP and XML libraries, which a screen that only reads the journal has no use for.
    from hotfix_tui.automation.errors import SwitchRefused
    from hotfix_tui.compare.folder import NotMetadata
    from hotfix_tui.compare.ignore import BadIgnoreRules
    from hotfix_tui.compare.impact import NoSuchTarget
    from hotfix_tui.compare.package import BadPackage
    from hotfix_tui.data.errors import DataError, RowsNotKept
    from hotfix_tui.salesforce.errors import SalesforceError, UnknownAlias, WriteRefused, WrongOrg

    if isinstance(error, StepCancelled):
        return None, "cancelled"
    if isinstance(error, SalesforceError):
        written = _UNKNOWN if error.written == "unknown" else "nothing by this call"
        failed = Failed(what=str(error), org=error.org, written=written, next=error.next)
        return failed, "refused" if isinstance(
            error, WriteRefused | WrongOrg | UnknownAlias | SwitchRefused
        ) else "failed"
    if isinstance(error, HotfixError):
        refused = isinstance(error, StepRefused | PermitRefused)
        failed = Failed(what=str(error), org=error.org, not_written="everything" if refused else "", next=error.next)
        return failed, "refused" if refused else "failed"
    if isinstance(error, DataError):
        return Failed(what=str(error), not_written="everything"), "refused"
    if isinstance(error, RowsNotKept):
        way_out = (
            "Make room there, or set TMPDIR to a folder that has some, and run the step again: nothing is done twice."
        )
        return Failed(what=str(error), written=_LISTED, next=way_out), "failed"
    if isinstance(error, JournalError | NotMetadata | NoSuchTarget | BadIgnoreRules | BadPackage):
        return Failed(what=str(error)), "failed"
    what = f"The program made a mistake ({type(error).__name__}: {error}). Details are in runner.log."
    return Failed(what=what, next="Run the step again; nothing is done twice."), "failed"
