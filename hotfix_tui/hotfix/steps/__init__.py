"""The steps a person can ask for, by the request's kind. Each is an async generator of events, made with a Context."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any

from hotfix_tui.events import Event
from hotfix_tui.hotfix.steps.baseline import baseline
from hotfix_tui.hotfix.steps.compare import compare
from hotfix_tui.hotfix.steps.delete_environment import delete_environment
from hotfix_tui.hotfix.steps.environment import choose_environment
from hotfix_tui.hotfix.steps.find_fix import find_fix
from hotfix_tui.hotfix.steps.finish import finish
from hotfix_tui.hotfix.steps.make_environment import make_sandbox, refresh_sandbox
from hotfix_tui.hotfix.steps.make_scratch import make_scratch
from hotfix_tui.hotfix.steps.plan import plan
from hotfix_tui.hotfix.steps.promote import promote
from hotfix_tui.hotfix.steps.rehearse import rehearse
from hotfix_tui.hotfix.steps.resolve import resolve
from hotfix_tui.hotfix.steps.restore import restore
from hotfix_tui.hotfix.steps.seed import seed
from hotfix_tui.hotfix.steps.sync import sync
from hotfix_tui.hotfix.steps.sync_compare import sync_compare
from hotfix_tui.hotfix.steps.undo_resolve import undo_resolve
from hotfix_tui.hotfix.steps.undo_seed import undo_seed
from hotfix_tui.hotfix.steps.validate import validate

Step = Callable[..., AsyncGenerator[Event, Any]]

RESTORE = "restore"

STEPS: dict[str, Step] = {
    "choose_environment": choose_environment,
    "make_sandbox": make_sandbox,
    "refresh_sandbox": refresh_sandbox,
    "make_scratch": make_scratch,
    "delete_environment": delete_environment,
    "compare": compare,
    "resolve": resolve,
    "undo_resolve": undo_resolve,
    "plan": plan,
    "rehearse": rehearse,
    "seed": seed,
    "undo_seed": undo_seed,
    "baseline": baseline,
    "find_fix": find_fix,
    "validate": validate,
    "promote": promote,
    "sync_compare": sync_compare,
    "sync": sync,
    RESTORE: restore,
    "finish": finish,
}
