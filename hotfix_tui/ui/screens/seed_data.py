"""Step 2, Data tab: the data set, the plan, the automations, writing, and the environment's baseline."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from hotfix_tui.hotfix.data_sets import available
from hotfix_tui.hotfix.refusals import write_refused
from hotfix_tui.ui import automation_rows, data_sets, plan_rows, reach_rows
from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.known_tree import KnownTree
from hotfix_tui.ui.screens.dialogs import ChoiceDialog, ConfirmDialog
from hotfix_tui.ui.screens.seed_details import SeedDetails
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable
from hotfix_tui.ui.words import RESULTS, many

TREE_COLUMNS = (Column("Object", 0, 2), Column("Its rows", 0, 3))


class DataScreen(SeedDetails):
    """Before a plan: the data set's objects. After: what each object gets, and what fires on it."""

    WHERE = "data"
    STEP = 2
    PART = "Data"
    BINDINGS: ClassVar = [*bindings_for("data"), *list_bindings()]

    _known: KnownTree | None = None

    def body(self) -> ComposeResult:
        """Objects, automations, refusals; the sums."""
        with Container(id="data-panels"):
            yield VirtualTable(*TREE_COLUMNS, title="Data set", id="tree")
            yield VirtualTable(*plan_rows.PLAN_COLUMNS, title="Plan", id="plan")
            yield VirtualTable(*automation_rows.COLUMNS, title="Automations", id="automations")
            yield VirtualTable(
                Column("Object", 0, 2),
                Column("Row", 0, 2),
                Column("Refused because", 0, 4),
                title="Refused",
                id="refused",
            )
        yield Words(id="sums")

    def draw(self) -> None:
        """Plan or data set; automations and refusals when there are any."""
        state = self.state
        self._draw_tree()
        plan = self.query_one("#plan", VirtualTable)
        plan.display = bool(state.planned)
        plan.entitle(plan_rows.plan_title(state, self._adopted))
        numbered = list(enumerate(state.planned, 1))
        plan.show(ListRows(numbered, lambda one: plan_rows.plan_cells(*one), lambda one: one[1].object))
        automations = self.query_one("#automations", VirtualTable)
        found = list(state.automations.values())
        automations.display = bool(found)
        chosen = self.session.automations
        automations.entitle(automation_rows.title(state, chosen))
        automations.show(
            ListRows(found, lambda one: automation_rows.cells(state, one, chosen), automation_rows.name_of)
        )
        self._draw_refused()
        self.query_one("#sums", Words).say(*self._sums())

    def _draw_refused(self) -> None:
        table = self.query_one("#refused", VirtualTable)
        title, rows = plan_rows.refused_table(self.state)
        table.display = bool(len(rows))
        table.entitle(title)
        table.show(rows)

    def _draw_tree(self) -> None:
        tree = self.query_one("#tree", VirtualTable)
        tree.display = not self.state.planned
        if tree.display:
            self._known = self._known or KnownTree(self.session, self.app, self.redraw)
            self._known.draw(tree)

    def on_unmount(self) -> None:
        """Nobody waits for production's answer any more."""
        if self._known is not None:
            self._known.close()

    def _sums(self) -> list[Cell]:
        state = self.state
        words: list[Cell] = []
        if state.plan:
            for blocker in state.plan.blockers:
                words += [BREAK, Toned(f"Blocked: {blocker}", "bad")]
        if state.twins and "seed" not in state.results:
            said = {None: "not decided: w", True: "will be adopted", False: "will be left alone"}[
                self.session.adopt_twins
            ]
            words += [BREAK, Toned(f"{many(len(state.twins), 'probable twin')} ({said})", "warn")]
        if state.rehearsal is not None:
            words += [BREAK, *plan_rows.rehearsal_words(state.rehearsal)]
        written = state.written.get((self.environment, "seed"))
        if written is not None:
            result, tone = RESULTS.get(state.results.get("seed", ""), ("running", ""))
            words += [
                BREAK,
                "Seed: ",
                Toned(result, tone),
                f" — {written.inserted:,} inserted, {written.updated:,} updated, ",
            ]
            words += [
                f"{written.equal:,} equal, ",
                Toned(f"{written.refused:,} refused", "bad" if written.refused else "dim"),
            ]
        undone = state.written.get((self.environment, "undo"))
        if undone is not None and "undo_seed" in state.results:
            result, tone = RESULTS.get(state.results["undo_seed"], ("running", ""))
            words += [
                BREAK,
                "Undo: ",
                Toned(result, tone),
                f" — {undone.deleted:,} deleted, {undone.updated:,} restored, ",
            ]
            words += [
                f"{undone.inserted:,} undeleted, ",
                Toned(f"{undone.refused:,} left", "bad" if undone.refused else "dim"),
            ]
        baseline = state.baselines.get("environment")
        if baseline is not None:
            words += [BREAK, Toned("Baseline taken: ", "good"), many(baseline.components, "component")]
            words += [f", {many(baseline.records, 'record')}."]
        return words[1:] if words[:1] == [BREAK] else words

    @on(VirtualTable.Highlighted)
    def _moved(self) -> None:
        self.draw_keys()

    # -- commands

    def why_not(self, command: str) -> str:
        """What each command needs."""
        if command in ("plan", "rehearse", "seed", "retry", "undo", "baseline") and (busy := self.idle()):
            return busy
        reasons: dict[str, Callable[[], str]] = {
            "plan": self._why_not_plan,
            "rehearse": self._why_not_seed,
            "seed": self._why_not_seed,
            "retry": lambda: "" if self.state.refused else "No row was refused.",
            "undo": self._why_not_undo,
            "export": lambda: "" if self.state.refused else "No row was refused.",
            "baseline": self._why_not_baseline,
            "restore_now": self._why_not_restore,
            "twins": lambda: "" if self.state.twins else "The plan found no probable twins.",
            "detail": lambda: "" if self.state.planned else "There is no plan yet: p works it out.",
            "outside": lambda: "" if self.state.reach else "The plan says what could reach the outside: p makes it.",
            "choose_set": self._started,
            "way": self.why_not_way,
        }
        return reasons[command]() if command in reasons else super().why_not(command)

    def _why_not_restore(self) -> str:
        left = any(intent.RETURNS for intent in self.state.open_intents.values())
        return self.idle() or ("" if left else "No automation is off because of this hotfix.")

    def _started(self) -> str:
        return "The baseline is taken: the data set stays." if "environment" in self.state.baselines else ""

    def _why_not_plan(self) -> str:
        if self.state.environment is None:
            return "Choose an environment first: that is step 1."
        return "" if data_sets.chosen_data_set(self.session) else "No data set is known: d says where they are."

    def _why_not_seed(self) -> str:
        plan = self.state.plan
        if plan is None:
            return "Work out the plan first: p. It writes nothing."
        if plan.blockers:
            return f"Blocked: {plan.blockers[0]}"
        if undecided := automation_rows.undecided(self.state, self.session.automations):
            return f"{undecided[0].name} would fire on the rows written: a on its row says what happens to it."
        return self._started() and "The baseline is taken; seeding again would become part of the fix."

    def _why_not_undo(self) -> str:
        if self._undone:
            return "The seed is taken back already."
        if (self.environment, "seed") not in self.state.written and "seed" not in self.state.results:
            return "Nothing was seeded, so there is nothing to take back."
        return self._started() and "The baseline is taken: what was seeded is what the fix is measured against."

    def _why_not_baseline(self) -> str:
        if self.state.environment is None:
            return "Choose an environment first: that is step 1."
        if self.state.automations_off:
            return "Automations are still off: r restores them first."
        if self.state.fix or self.state.step > 3:
            return "The fix is found by the baseline there is."
        return ""

    def do_choose_set(self) -> None:
        """Chooses a data set from those that are known."""
        found = available()
        choices = [(name, f"{data_sets.title_of(path)[0]}  ({name})") for name, path in found.items()]
        words = ("Its records are read in production and written to the environment; they belong to the fix.",)

        def answered(name: str | None) -> None:
            if name:
                self.session.data_set = name
                self.flash(f"Data set: {name}. p works out the plan.")
                self.redraw()

        self.app.push_screen(ChoiceDialog("Data set", words, choices), answered)

    def do_data_sets(self) -> None:
        """All data sets on this machine, with production's objects."""
        from hotfix_tui.ui.screens.data_sets import DataSetsScreen

        self.app.push_screen(DataSetsScreen(self.production))

    def do_plan(self) -> None:
        """Works the plan out."""
        self.post("plan", data_set=data_sets.chosen_data_set(self.session))

    def do_twins(self) -> None:
        """Asks what to do with probable twins."""
        self._ask_twins(seed=False)

    def _ask_twins(self, *, seed: bool) -> None:
        twins = self.state.twins
        words: list[Cell] = []
        for twin in twins[:5]:
            words += [f"{twin.object} {twin.record_id} looks like {twin.key}: {twin.why}", BREAK]
        words.append("Adopting gives the row of the environment the key; it is then updated instead of inserted twice.")
        choices = [("", "Decide later"), ("adopt", "Adopt"), ("leave", "Leave alone, insert as new")]

        def answered(choice: str | None) -> None:
            if choice:
                self.session.adopt_twins = choice == "adopt"
                self.redraw()
                if seed:
                    self._confirm_seed()

        self.app.push_screen(ChoiceDialog(many(len(twins), "probable twin"), words, choices), answered)

    def do_seed(self) -> None:
        """Decides about twins, asks, then seeds."""
        if self.state.twins and self.session.adopt_twins is None:
            self._ask_twins(seed=True)
        else:
            self._confirm_seed()

    def _confirm_seed(self) -> None:
        plan = self.state.plan
        if plan is None:
            return
        twins = self._adopted
        off = automation_rows.for_everybody(self.state, self.session.automations)
        gone: list[Cell] = [" and ", Toned(f"delete {many(plan.delete, 'record')} there", "bad")] if plan.delete else []
        what = f"{plan.insert - twins:,} new and {plan.update + twins:,} changed records"
        if plan_rows.is_old(self.state):
            what = "what differs now (the plan shown is of before the last write: p makes it anew)"
        words: list[Cell] = [
            f"Write {what} to ",
            Toned(self.environment, "strong"),
*gone,
            ".", BREAK, f"{many(off, 'automation')} are off in the whole org while it writes, and are restored after.",
            BREAK, "Production is only read.",
*reach_rows.before_a_seed(self.state.reach),
        ]  # fmt: skip

        def answered(yes: bool | None) -> None:
            if yes:
                self._post_seed()

        self.app.push_screen(ConfirmDialog("Seed", words, "Seed"), answered)

    def _post_seed(self, **more: object) -> None:
        chosen, adopt = dict(self.session.automations), bool(self.session.adopt_twins)
        self.post("seed", data_set=self._planned_set(), adopt_twins=adopt, automations=chosen, **more)

    @property
    def _adopted(self) -> int:
        return len(self.state.twins) if self.session.adopt_twins else 0

    @property
    def _undone(self) -> bool:
        """Whether the last thing done here was to take the seed back."""
        ended = [step for step in self.state.results if step in ("seed", "undo_seed")]
        return ended[-1:] == ["undo_seed"] and self.state.results["undo_seed"] == "done"

    def _planned_set(self) -> str:
        return data_sets.chosen_data_set(self.session)

    def do_rehearse(self) -> None:
        """Tries the planned rows; nothing is kept."""
        self.post("rehearse", data_set=self._planned_set(), adopt_twins=bool(self.session.adopt_twins))

    def do_undo(self) -> None:
        """Asks, then takes the seed back."""
        written = self.state.written.get((self.environment, "seed"))
        said = f"{written.inserted:,} inserted and {written.updated:,} updated" if written else "What was written"
        words: list[Cell] = [
            f"{said} in the last seed. Inserted records of ", Toned(self.environment, "strong"),
            " are deleted, updated ones get the values they had, deleted ones come back.", BREAK,
            "What somebody else has changed since is left alone and named. Automations are off meanwhile.",
        ]  # fmt: skip

        def answered(yes: bool | None) -> None:
            if yes:
                self.post("undo_seed", automations=dict(self.session.automations))

        self.app.push_screen(ConfirmDialog("Undo the seed", words, "Undo"), answered)

    def do_export(self) -> None:
        """Writes the refused rows into a file."""
        try:
            file = write_refused(self.state)
        except OSError as error:
            self.flash(f"The refused rows could not be written: {error}", "bad")
            return
        self.flash(f"Written: {file}", "good")

    def do_restore_now(self) -> None:
        """Restores what a lost seed left off."""
        self.post("restore")

    def do_retry(self) -> None:
        """Writes the refused rows again."""
        self._post_seed(retry_failed=True)

    def do_baseline(self) -> None:
        """Takes the baseline; asks when rows are missing."""
        if not self.state.refused:
            self.post("baseline")
            return
        words = (
            f"{many(len(self.state.refused), 'row')} were refused and are not in {self.environment}. Go on without?",
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self.post("baseline")

        self.app.push_screen(ConfirmDialog("Take the baseline", words, "Take it"), answered)

    def do_compare_tab(self) -> None:
        """The Compare tab."""
        from hotfix_tui.ui.screens.compare import CompareScreen

        self.hotfix_app.show_step(CompareScreen(self.session))

    def failures(self) -> str:
        """Why the last plan, seed or baseline did not work."""
        return self.failed("baseline", "undo_seed", "seed", "rehearse", "plan")

    def hint(self) -> tuple[Cell, ...]:
        """What comes next."""
        state = self.state
        if "environment" in state.baselines:
            return (Toned("Seeded. ", "good"), Toned("3", "key"), f" goes on: make your fix in {self.environment}.")
        if self._undone:
            return ("The seed is taken back. ", Toned("s", "key"), f" seeds {self.environment} again.")
        if state.results.get("seed") in ("done", "differences"):
            again = (Toned("f", "key"), " writes the refused rows again, ") if state.refused else ()
            undo = (Toned("z", "key"), " takes it back, ")
            return (*again, *undo, Toned("b", "key"), " takes the baseline: what changes after it is the fix.")
        if state.plan:
            return (Toned("s", "key"), f" seeds {self.environment}; ", Toned("Enter", "key"), " shows the rows first.")
        return (Toned("p", "key"), " works out the plan; it writes nothing.")
