"""What holds for one object of a data set: filter, match key, mode, limit; each dialog changes one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hotfix_tui.ui.data_set_tree import MODES
from hotfix_tui.ui.screens.data_set_fields import FieldChoices
from hotfix_tui.ui.screens.dialogs import ChoiceDialog
from hotfix_tui.ui.screens.picking import ChangeDialog, PickDialog

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import ObjectSpec
    from hotfix_tui.data.match_keys import KeyChoice
    from hotfix_tui.salesforce.org import Org


class ObjectSettings(FieldChoices):
    """Part of a data set's screen."""

    def do_where(self) -> None:
        """Changes the filter; the org says whether it is SOQL and how many rows it finds."""
        spec = self.spec
        if spec is None:
            return

        def typed(where: str | None) -> None:
            if where is not None:
                self.change_spec(replace(spec, where=where))
                self.count(spec.name)

        words = ("A SOQL condition, without WHERE. Empty: no condition.",)
        self.app.push_screen(ChangeDialog(f"Filter of {spec.name}", words, spec.where, "IsActive = true"), typed)

    def do_mode(self) -> None:
        """Chooses the mode."""
        spec = self.spec
        if spec is None:
            return

        def picked(mode: str | None) -> None:
            if mode:
                self.change_spec(replace(spec, mode=mode))  # type: ignore[arg-type]

        self.app.push_screen(ChoiceDialog(f"Mode of {spec.name}", (), list(MODES.items())), picked)

    def do_key(self) -> None:
        """Chooses a match key among those that describe suggests, or types one."""
        spec = self.spec
        if spec is not None:
            self.learn((spec.name,), lambda: self._choose_key(spec))

    def _choose_key(self, spec: ObjectSpec) -> None:
        from hotfix_tui.data.match_keys import suggest_keys

        described = self.model.known.get(spec.name)
        found = {", ".join(one.key): one for one in suggest_keys(described)} if described else {}
        choices = [(name, one.why) for name, one in found.items()] + [("other …", "type the fields")]

        def picked(name: str | None) -> None:
            if name == "other …":
                self._type_key(spec)
            elif name:
                self._take_key(spec, found[name])

        words = ("What makes a row the same row in every org:",)
        self.app.push_screen(PickDialog(f"Match key of {spec.name}", words, choices), picked)

    def _type_key(self, spec: ObjectSpec) -> None:
        from hotfix_tui.data.match_keys import KeyChoice

        def typed(text: str | None) -> None:
            key = tuple(one.strip() for one in (text or "").split(",") if one.strip())
            if key:
                self._take_key(spec, KeyChoice(key, ""))

        words = ("Fields, lookups (the parent's key) or paths (Parent__r.Key__c), with commas between them:",)
        self.app.push_screen(ChangeDialog(f"Match key of {spec.name}", words, ", ".join(spec.key)), typed)

    def _take_key(self, spec: ObjectSpec, choice: KeyChoice) -> None:
        """Takes the key and has the org say whether it tells its rows apart."""
        taken = replace(spec, key=choice.key, second_key=choice.second_key or spec.second_key)
        if choice.second_key and taken.mode not in ("update", "reference"):
            taken = replace(taken, mode="update")
        self.change_spec(taken)

        async def check(org: Org) -> Any:
            from hotfix_tui.data.match_keys import check_key

            return await check_key(org, spec.name, choice.key, spec.where)

        def checked(result: Any) -> None:
            tone = "good" if result.good else "bad"
            self.flash(f"{spec.name} by {', '.join(choice.key)}: {result.words()}.", tone)

        self.ask(check, checked)

    def do_limit(self) -> None:
        """Asks for `50` or `50 by Name DESC`."""
        spec = self.spec
        if spec is None:
            return

        def typed(text: str | None) -> None:
            if text is None:
                return
            number, _, order = text.partition(" by ")
            if number and not number.strip().isdigit():
                self.flash("A limit is a number of rows, such as 50, or 50 by Name DESC.", "bad")
                return
            self.change_spec(replace(spec, limit=int(number or 0), order_by=order.strip()))

        now = f"{spec.limit}" + (f" by {spec.order_by}" if spec.order_by else "") if spec.limit else ""
        words = ("At most so many rows, and which come first. Empty: all rows.",)
        self.app.push_screen(ChangeDialog(f"Limit of {spec.name}", words, now, "50 by Name DESC"), typed)
