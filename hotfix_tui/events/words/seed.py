"""Sentences of seeding: plan, automations, access, rows."""

from __future__ import annotations

from hotfix_tui.events import seed
from hotfix_tui.events.words.phrases import listed, many, says, with_detail


@says(seed.ObjectPlanned)
def _(event: seed.ObjectPlanned) -> str:
    parts = [
        f"{count:,} {word}"
        for count, word in (
            (event.insert, "new"),
            (event.update, "changed"),
            (event.delete, "deleted"),
            (event.equal, "equal"),
        )
        if count
    ]
    second = f"; second pass for {listed(event.second_pass)}" if event.second_pass else ""
    return f"{event.object}: {many(event.rows, 'row')}{' — ' + ', '.join(parts) if parts else ''}{second}"


@says(seed.RowPlanned)
def _(event: seed.RowPlanned) -> str:
    fields = f" ({listed(tuple(event.changes), 4)})" if event.changes and event.act == "update" else ""
    return f"{event.object} {event.key}: {event.act}{fields}"


@says(seed.TwinFound)
def _(event: seed.TwinFound) -> str:
    return f"{event.org}: {event.object} {event.record_id} looks like {event.key}: {event.why}"


@says(seed.DuplicateFound)
def _(event: seed.DuplicateFound) -> str:
    return f"{event.org}: {event.object} {event.key} is the key of {len(event.ids)} rows: {listed(event.ids)}"


@says(seed.PlanFinished)
def _(event: seed.PlanFinished) -> str:
    blocked = f"; blocked: {event.blockers[0]}" if event.blockers else ""
    deleted = f", {event.delete:,} deleted" if event.delete else ""
    return (
        f"{event.org}: {many(event.rows, 'row')}: {event.insert:,} new, {event.update:,} changed{deleted}, "
        f"{event.equal:,} equal, in {many(event.calls, 'call')}{blocked}"
    )


@says(seed.AutomationFound)
def _(event: seed.AutomationFound) -> str:
    version = f" v{event.version}" if event.version is not None else ""
    plans = {
        "switch_off": "will be switched off",
        "already_off": "is off already and stays off",
        "bypass": "is bypassed",
        "setting": "is passed by a setting for our user",
        "header": "is kept from running by a header of each request",
        "leave": "fires on what is written",
        "cannot": "cannot be kept from firing",
    }
    name = f"{event.org}: {event.kind} {event.name}{version}"
    return with_detail(f"{name} {plans.get(event.plan, event.plan)}", event.detail, " · ")


@says(seed.AutomationSwitchOff)
def _(event: seed.AutomationSwitchOff) -> str:
    return f"{event.org}: about to switch {event.kind} {event.name} off"


@says(seed.AutomationSwitched)
def _(event: seed.AutomationSwitched) -> str:
    version = f" (v{event.version})" if event.version is not None else ""
    return f"{event.org}: {event.kind} {event.name} is {event.state}{version}"


@says(seed.AccessGrant)
@says(seed.AccessAssign)
@says(seed.BypassAssign)
def _(event: seed.BypassAssign) -> str:
    shown = f", to see {', '.join(event.fields)}" if isinstance(event, seed.AccessAssign) else ""
    act = "make and assign" if isinstance(event, seed.AccessGrant) else "assign"
    return f"{event.org}: about to {act} {event.permission_set} to our user{shown}"


@says(seed.RowsWrite)
def _(event: seed.RowsWrite) -> str:
    job = f" by the job {event.job}" if event.job else ""
    return f"{event.org}: about to {event.act} {many(event.rows or len(event.keys), f'{event.object} row')}{job}"


@says(seed.RowsWritten)
def _(event: seed.RowsWritten) -> str:
    refused = f", {event.refused:,} refused" if event.refused else ""
    return f"{event.org}: {event.act} {event.object}: {event.written:,} written{refused}"


@says(seed.RowRefused)
def _(event: seed.RowRefused) -> str:
    fields = f" ({listed(event.fields)})" if event.fields else ""
    return f"{event.org}: {event.object} {event.key} refused: {with_detail(event.code, event.message)}{fields}"


@says(seed.RowsRehearse)
def _(event: seed.RowsRehearse) -> str:
    return f"{event.org}: about to try {many(event.rows, 'row')} in graphs that are rolled back"


@says(seed.RowWouldBeRefused)
def _(event: seed.RowWouldBeRefused) -> str:
    by = f" by {event.automation}" if event.automation else ""
    return f"{event.org}: {event.object} {event.key} would be refused{by}: {with_detail(event.code, event.message)}"


@says(seed.RehearsalFinished)
def _(event: seed.RehearsalFinished) -> str:
    how = "with automations off" if event.mode == "switched_off" else "as it is"
    left = f"; not tried: {listed(event.not_covered)}" if event.not_covered else ""
    remains = f"; not taken back: {listed(event.remains)}" if event.remains else ""
    return (
        f"{event.org} {how}: {event.covered:,} of {many(event.rows, 'row')} tried and rolled back, "
        f"{event.refused:,} would be refused{left}{remains}"
    )


@says(seed.DataWritten)
def _(event: seed.DataWritten) -> str:
    refused = f", {event.refused:,} refused" if event.refused else ""
    return (
        f"{event.org}: records of {event.purpose}: {event.inserted:,} inserted, {event.updated:,} updated, "
        f"{event.deleted:,} deleted, {event.equal:,} equal{refused}"
    )


@says(seed.BaselineTaken)
def _(event: seed.BaselineTaken) -> str:
    records = many(event.records, "record")
    return f"{event.org}: {event.which} baseline taken: {many(event.components, 'component')}, {records}"
