"""Step 3: the fix, the findings, the gates, and the one door to production."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from hotfix_tui.events.promote import FixComponent, FixRecord, ProductionChangePlanned
from hotfix_tui.hotfix.errors import HotfixError
from hotfix_tui.journal.errors import JournalError
from hotfix_tui.ui import differences, fix_rows
from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.fix_rows import Part, part_key
from hotfix_tui.ui.screens.component_panels import DifferenceKeys
from hotfix_tui.ui.screens.dialogs import TypedAliasDialog
from hotfix_tui.ui.screens.row_details import record_detail, sentences, shown_value
from hotfix_tui.ui.screens.step import StepScreen
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.widgets.diff_view import DiffView
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable
from hotfix_tui.ui.words import listed, many


class PromoteScreen(DifferenceKeys, StepScreen):
    """The list of the fix, gates, findings; a difference opens over the list."""

    WHERE = "promote"
    STEP = 3
    BINDINGS: ClassVar = [*bindings_for("promote"), *list_bindings()]

    def body(self) -> ComposeResult:
        """The panels."""
        yield Words(id="gates")
        with Container(id="promote-panels"):
            yield VirtualTable(
                *fix_rows.COLUMNS, title="The fix", empty="No fix is found yet. r looks.", marks=True, id="fix"
            )
            yield DiffView(id="difference")
            yield VirtualTable(
                Column("", 8), Column("Findings"), title="Before you deploy", empty="Nothing to warn of.", header=False,
                id="findings",
            )  # fmt: skip

    def parts(self) -> list[Part]:
        """The fix as listed."""
        return fix_rows.parts(self.state)

    def draw(self) -> None:
        """List, gates, findings."""
        state, parts = self.state, self.parts()
        fix = self.query_one("#fix", VirtualTable)
        fix.selected = {key for part in parts if (key := part_key(part)) not in self.session.left_out}
        components, records = len(state.fix_components), len(state.fix_records)
        taken = len(self._taken())
        left = f", {components + records - taken} left out" if taken < components + records else ""
        fix.entitle(f"The fix  {many(components, 'component')}, {many(records, 'record')}{left}")
        fix.show(
            ListRows(parts, fix_rows.part_cells, part_key, lambda part: not isinstance(part, ProductionChangePlanned))
        )
        words = fix_rows.gate_words(state)
        if moving := fix_rows.deploy_words(state):
            words += [BREAK, *moving]
        self.query_one("#gates", Words).say(*words)
        table = self.query_one("#findings", VirtualTable)
        findings = [one for step in ("find_fix", "validate", "promote") for one in state.findings_of.get(step, ())]
        distinct = list(dict.fromkeys(findings))
        table.set_class(not distinct, "-empty")
        table.entitle(f"Before you deploy ({len(distinct)})")
        table.show(ListRows(fix_rows.finding_rows(distinct, table.size.width or 76), lambda row: row))

    @on(VirtualTable.Highlighted)
    def _moved(self) -> None:
        self.draw_keys()

    # -- commands

    def why_not(self, command: str) -> str:
        """What each command needs."""
        if command in ("validate", "deploy", "rescan") and (busy := self.idle()):
            return busy
        if command in ("validate", "deploy"):
            return self._why_not_deploy()
        if command == "rescan" and self.state.step > 3:
            return "The fix is in production already."
        if command in ("detail", "select") and not self.parts():
            return "No fix is found yet: r looks for it."
        if command == "select" and (self.query_one("#fix", VirtualTable).key or "").startswith("production/"):
            return "What only production gets belongs to the data set; it goes along."
        if command == "full":
            return "A difference has the whole screen here: Enter opens it, Esc closes it."
        return super().why_not(command)

    def _why_not_deploy(self) -> str:
        state = self.state
        if state.step > 3:
            return "The fix is in production already: 4 goes on to Sync."
        if state.fix is None or not self._taken():
            return "There is nothing to deploy: r looks for the fix."
        blockers = [one.text for one in state.findings_of.get("find_fix", ()) if one.level == "blocker"]
        # With a part left out the runner says whether what is left can go.
        return f"Blocked: {blockers[0]}" if blockers and not self.session.left_out else ""

    def _taken(self) -> list[Part]:
        left = self.session.left_out
        return [
            part
            for part in self.parts()
            if part_key(part) not in left and not isinstance(part, ProductionChangePlanned)
        ]

    def do_select(self) -> None:
        """Takes a part along, or leaves it out."""
        table = self.query_one("#fix", VirtualTable)
        if table.key is not None:
            self.session.left_out ^= {table.key}
            table.move(table.cursor + 1)
            self.draw()

    def do_rescan(self) -> None:
        """Looks for the fix again."""
        self.post("find_fix")

    def do_validate(self) -> None:
        """A check-only deploy takes production's deploy slot and locks components: it asks for the alias, too."""
        tests = self.state.fix.tests if self.state.fix else ()
        components = sum(isinstance(part, FixComponent) for part in self._taken())
        words: list[Cell] = [
            f"Check-only deploy of {many(components, 'component')}, tests {listed(tests) or 'none'}.", BREAK,
            "Nothing is changed; it takes the one deploy slot of this org while it runs.",
        ]  # fmt: skip
        self._ask("Validate in PRODUCTION", words, "Validate", "validate")

    def do_deploy(self) -> None:
        """Promotes, after the alias was typed in full."""
        changes = self.state.production_changes
        words: list[Cell] = [f"Deploy {self._sum()}, through all gates, each verified.", BREAK]
        for change in changes:
            last = " (last, after verification)" if change.purpose == "containment" else ""
            words += [f"{change.name}: {many(change.rows, f'{change.object} row')}{last}", BREAK]
        words.append("A snapshot of what is there now is kept first.")
        self._ask("Deploy to PRODUCTION", words, "Deploy", "promote")

    def _sum(self) -> str:
        taken = self._taken()
        components = sum(isinstance(part, FixComponent) for part in taken)
        return f"{many(components, 'component')} and {many(len(taken) - components, 'record')}"

    def _ask(self, title: str, words: list[Cell], act: str, kind: str) -> None:
        def typed(alias: str | None) -> None:
            if alias:
                self._go(alias, kind)

        self.app.push_screen(TypedAliasDialog(self.production, title, words, act), typed)

    def _go(self, alias: str, kind: str) -> None:
        try:
            permit = self.session.client.grant_permit(alias, "promote")
        except (HotfixError, JournalError) as error:
            self.flash(str(error), "bad")
            return
        if self.has_class("diff-open"):
            self.close_what_is_open()  # the gates and counts of what now runs are under it
        self.post(kind, permit=permit, **self._chosen(kind))

    def _chosen(self, kind: str) -> dict[str, Any]:
        """What is taken along, said only when something is left out."""
        if not self.session.left_out & {part_key(part) for part in self.parts()}:
            return {}
        taken = self._taken()
        components = [part_key(part) for part in taken if isinstance(part, FixComponent)]
        if kind == "validate":
            return {"components": components}
        records = [f"{part.object}:{part.key}" for part in taken if isinstance(part, FixRecord)]
        return {"components": components, "records": records}

    # -- details

    def do_detail(self) -> None:
        """A component's difference, a record's fields, a change of production."""
        key = self.query_one("#fix", VirtualTable).key
        part = next((part for part in self.parts() if part_key(part) == key), None)
        if isinstance(part, FixRecord):
            self.app.push_screen(record_detail(part))
        elif isinstance(part, ProductionChangePlanned):
            values = ", ".join(f"{field} = {shown_value(value)}" for field, value in part.set.items())
            rows = [("Change", part.name), ("Object", part.object), ("Rows now", f"{part.rows:,}"), ("Set", values)]
            self.app.push_screen(sentences(part.name, rows))
        elif isinstance(part, FixComponent):
            self._open_difference(part)

    def _open_difference(self, part: FixComponent) -> None:
        blob = self.session.client.blob
        before, now = blob("baseline/environment/components"), blob("fix/components")
        if before is None or now is None:
            self.flash("The journal does not hold this fix's content: r looks for it again.", "warn")
            return
        names = (f"{self.environment} at its baseline", f"{self.environment} now")
        note = "  ·  ".join(
            one for one in (part.change, part.by, "DRIFT: production moved" if part.drift else "") if one
        )
        view = self.query_one(DiffView)
        component = (part.type, part.full_name)
        view.show(differences.fix_subject(part_key(part), component, names, (before, now), part.change, note))
        self.add_class("diff-open")
        view.focus()

    def close_what_is_open(self) -> bool:
        """Esc in the difference goes back to the list."""
        if self.has_class("diff-open"):
            self.remove_class("diff-open")
            self.query_one("#fix", VirtualTable).focus()
            return True
        return super().close_what_is_open()

    def failures(self) -> str:
        """Why the last validation or promotion did not work."""
        return self.failed("promote", "validate", "find_fix")

    def hint(self) -> tuple[Cell, ...]:
        """What comes next."""
        if self.state.step > 3:
            return (Toned("In production. ", "good"), Toned("4", "key"), " goes on to the other orgs.")
        validated = self.state.results.get("validate") == "done"
        deploy = (Toned("D", "key"), f" deploys to PRODUCTION {self.production}.")
        return (Toned("Validated. ", "good"), *deploy) if validated else (Toned("V", "key"), " validates; ", *deploy)
