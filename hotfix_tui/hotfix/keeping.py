"""A hotfix's journal carried to another machine, and its content forgotten. Before-images are production data."""

from __future__ import annotations

import platform
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hotfix_tui import paths
from hotfix_tui.events.session import ContentForgotten, HotfixCreated, HotfixImported
from hotfix_tui.hotfix.client import free_id, list_hotfixes, path_of
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.folding import fold
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.journal import Journal, JournalCorrupt
from hotfix_tui.journal.store import now

DAYS = 30
"""How long content is kept after a hotfix has ended, unless `[keep] days` of config.toml says otherwise."""

_WORDS = {
    "baseline/production": "baseline of production: components and records",
    "baseline/environment": "baseline of the environment: components and records",
    "compare/a": "components of production that differ",
    "compare/b": "components of the environment that differ",
}


@dataclass(frozen=True)
class Contents:
    """What an export holds. `lines`: one thing each, in words; `aliases`: the logins that whoever imports it needs."""

    hotfix: str
    lines: tuple[str, ...]
    aliases: dict[str, str]


def contents(hotfix: str) -> Contents:
    """What an export of `hotfix` would hold. Raises NoSuchHotfix, JournalCorrupt."""
    with Journal.open(path_of(hotfix)) as journal:
        state = _state(journal)
        kept = journal.kept()
    values = sum(len(one.before) for one in state.open_intents.values())
    lines = [
        f"the log of {state.name}: {state.seq:,} events, with values of records planned, written or refused",
        *(f"{_WORDS.get(name, name)}: {count:,} ({size:,} bytes)" for name, (count, size) in sorted(kept.items())),
        f"{len(state.open_intents):,} open acts, with what brings them back ({values:,} values)",
        "no token, no password, no permit that could still be used",
    ]
    aliases = {state.production: state.production_id}
    if state.environment is not None:
        aliases[state.environment.org] = state.environment.org_id
    aliases |= {one.org: one.org_id for one in state.open_intents.values()}
    return Contents(hotfix, tuple(lines), aliases)


def export(hotfix: str, target: Path) -> None:
    """Writes the journal of `hotfix` into the new file `target` (0600).

    Raises StepRefused while a runner is at work (its export would be out of date the moment it is made),
    FileExistsError, NoSuchHotfix, JournalError.
    """
    with Journal.open(path_of(hotfix)) as journal:
        _refuse_at_work(journal, "exported")
        journal.copy_to(target, exported_at=now(), exported_from=platform.node(), exported_as=hotfix)


def bring(source: Path) -> tuple[str, Contents]:
    """Takes an exported journal in, under its own id when that is free; the id and what came.

    Raises JournalCorrupt when the file is none or damaged, StepRefused when this machine has that very hotfix.
    """
    if not source.is_file():
        raise StepRefused(f"There is no file {source}.")
    with Journal.open(source, read_only=True) as journal:
        journal.check()
        notes = {name: journal.meta(name) or "" for name in ("hotfix", "exported_as", "exported_from", "exported_at")}
        if not notes["exported_at"]:
            raise StepRefused(f"{source.name} is no export: hotfix-tui export makes one.")
        origin = _origin(journal)
        for one in list_hotfixes():
            if one.state is not None and _same(one.id, origin):
                raise StepRefused(
                    f"This machine has that hotfix already: {one.id}.", next=f"hotfix-tui restore {one.id}"
                )
        hotfix = notes["exported_as"] if not path_of(notes["exported_as"]).exists() else free_id()
        journal.copy_to(path_of(hotfix), hotfix=hotfix)
    with Journal.open(path_of(hotfix)) as mine:
        mine.use_wal()
        came = HotfixImported(of=notes["exported_as"], host=notes["exported_from"], exported_at=notes["exported_at"])
        mine.append(came, "import")
    return hotfix, contents(hotfix)


def forget(hotfix: str) -> int:
    """Removes baselines, snapshots, before-images and records' values of `hotfix` now; the bytes of kept content.

    Raises StepRefused while a runner is at work, or while something must still be taken back.
    """
    with Journal.open(path_of(hotfix)) as journal:
        _refuse_at_work(journal, "forgotten")
        if any(intent.RETURNS for intent in journal.open_intents()):
            raise StepRefused(
                f"{hotfix} has left something switched off or assigned: what brings it back cannot be forgotten.",
                next=f"hotfix-tui restore {hotfix}",
            )
        size = journal.forget()
        journal.append(ContentForgotten(size=size), "forget")
        return size


def forget_old(days: int | None = None) -> list[str]:
    """Forgets the content of hotfixes that ended more than `days` ago (default: the setting); their ids.

    One that cannot be forgotten now (at work, unreadable) is left for the next time.
    """
    limit = datetime.now(UTC) - timedelta(days=_days() if days is None else days)
    done: list[str] = []
    for one in list_hotfixes():
        state = one.state
        if state is None or state.finished is None or state.forgotten is not None:
            continue
        if datetime.fromisoformat(state.last_at) < limit:
            try:
                forget(one.id)
            except StepRefused:
                continue
            done.append(one.id)
    return done


def _days() -> int:
    try:
        found = tomllib.loads((paths.config() / "config.toml").read_text(encoding="utf-8"))
        days = found.get("keep", {}).get("days", DAYS)
    except (OSError, tomllib.TOMLDecodeError, AttributeError):
        return DAYS
    return days if isinstance(days, int) and days >= 0 else DAYS


def _refuse_at_work(journal: Journal, what: str) -> None:
    if journal.holder() is not None:
        raise StepRefused(
            f"A runner is at work on {journal.hotfix}: it is not {what} meanwhile.", next="Wait until it has ended."
        )


def _origin(journal: Journal) -> tuple[str, str]:
    """What tells one hotfix from any other: when it was begun, to the millisecond, and for which production org."""
    for envelope in journal.named(HotfixCreated):
        event = envelope.event
        if isinstance(event, HotfixCreated):
            return envelope.at, event.production_id
    raise JournalCorrupt(f"{journal.path.name} holds no hotfix.")


def _same(hotfix: str, origin: tuple[str, str]) -> bool:
    with Journal.open(path_of(hotfix), read_only=True) as journal:
        return _origin(journal) == origin


def _state(journal: Journal) -> HotfixState:
    state = HotfixState(hotfix=journal.hotfix)
    for envelope in journal.replay():
        fold(state, envelope)
    return state
