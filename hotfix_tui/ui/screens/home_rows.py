"""Home's list of hotfixes in words, made in a thread: folding many journals takes time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.message import Message
from textual.message_pump import MessagePump

from hotfix_tui.hotfix.client import HotfixSummary, list_hotfixes
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.journal.errors import JournalError
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.words import STEPS, ago, many, running_words


@dataclass(frozen=True)
class HomeRow:
    """One line: a hotfix, or the automations that it left off. `kind`: open, done, off, broken."""

    key: str
    hotfix: str
    kind: str
    cells: tuple[Cell, ...]
    sentence: str = ""


@dataclass
class HotfixesListed(Message):
    """The rows as the journals are now. `error`: why they cannot be listed, or empty."""

    rows: Sequence[HomeRow]
    error: str = ""


def list_in_background(target: MessagePump) -> None:
    """Lists the hotfixes in a thread; `target` gets HotfixesListed."""

    def work() -> None:
        try:
            target.post_message(HotfixesListed(rows_of(list_hotfixes())))
        except (JournalError, OSError) as error:
            target.post_message(HotfixesListed([], f"The hotfixes cannot be listed: {error}"))

    threading.Thread(target=work, name="hotfixes", daemon=True).start()


def rows_of(summaries: Sequence[HotfixSummary]) -> list[HomeRow]:
    """What is still off comes first, then the hotfixes as given."""
    off = [row for summary in summaries if (row := _off(summary)) is not None]
    return [*off, *(_hotfix(summary) for summary in summaries)]


def _off(summary: HotfixSummary) -> HomeRow | None:
    state = summary.state
    if state is None or (summary.running and state.running):
        return None
    if not any(intent.RETURNS for intent in state.open_intents.values()):
        return None
    failed = state.failures_of.get("restore", ())
    tried = f"    the last try: {failed[-1].what} {failed[-1].next}".rstrip() if failed else ""
    cells = (Toned("!", "bad"), summary.id, Toned(f"{' · '.join(_left(state))}    r Restore now{tried}", "bad"))
    return HomeRow(f"off/{summary.id}", summary.id, "off", cells)


def _left(state: HotfixState) -> Iterator[str]:
    off = state.automations_off
    if off:
        total = sum(1 for one in state.automations.values() if one.plan == "switch_off")
        orgs = ", ".join(sorted({intent.org for intent in off}))
        yield f"automations still off in {orgs} ({len(off)} of {max(total, len(off))})"
    if state.still_assigned:
        orgs = ", ".join(sorted({intent.org for intent in state.still_assigned}))
        sets = ", ".join(sorted({intent.permission_set for intent in state.still_assigned}))
        yield f"{sets} still assigned to our user in {orgs}"
    if state.still_set:
        orgs = ", ".join(sorted({intent.org for intent in state.still_set}))
        settings = ", ".join(sorted({intent.object for intent in state.still_set}))
        yield f"{settings} still passes our user by in {orgs}"


def _hotfix(summary: HotfixSummary) -> HomeRow:
    state = summary.state
    if state is None:
        cells = (Toned("✗", "bad"), summary.id, Toned(summary.error, "bad"))
        return HomeRow(summary.id, summary.id, "broken", cells, summary.error)
    done = state.finished is not None
    sign = Toned("✓", "good") if done else Toned("●", "key")
    step = "done" if done else f"{state.step} {STEPS[state.step - 1]}"
    line: tuple[Cell, ...] = (sign, summary.id, state.name, step, _stands(state, summary.running), ago(state.last_at))
    return HomeRow(summary.id, summary.id, "done" if done else "open", line)


def _stands(state: HotfixState, running: bool) -> Cell:
    if state.finished is not None:
        certified, total = len(state.finished.certified), len(state.finished.certified + state.finished.exceptions)
        return f"{certified} of {many(total, 'org')} certified"
    if state.running:
        words = running_words(state.running)
        return Toned(f"{words} …", "warn") if running else Toned(f"{words}: runner lost", "bad")
    if state.question is not None:
        return Toned("asks you something", "warn")
    if not state.results:
        return "begun"
    step, result = next(reversed(state.results.items()))
    words = running_words(step).lower()
    return Toned(f"{words}: {result}", "bad") if result in ("failed", "refused") else f"{words}: {result}"
