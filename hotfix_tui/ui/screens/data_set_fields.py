"""Which fields of an object are carried, and which are masked: the dialogs of a data set's screen for them."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from hotfix_tui.ui.screens.data_set_base import DataSetBase
from hotfix_tui.ui.screens.dialogs import ChoiceDialog
from hotfix_tui.ui.screens.picking import ChangeDialog, MarkDialog, PickDialog

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import Mask, ObjectSpec
    from hotfix_tui.salesforce.describe import FieldDescribe

_KINDS = (
    ("fake", "fake: a value of the same type, the same for the same value"),
    ("hash", "hash: hexadecimal digits, for texts of 12 characters or more"),
    ("null", "null: left empty"),
    ("constant", "constant: one value for all rows"),
    ("none", "no mask"),
)


class FieldChoices(DataSetBase):
    """Part of a data set's screen."""

    def do_fields(self) -> None:
        """Marks the fields that are carried."""
        spec = self.spec
        if spec is not None:
            self.learn((spec.name,), lambda: self._mark_fields(spec))

    def _mark_fields(self, spec: ObjectSpec) -> None:
        choices = [(one.name, _words(one, spec)) for one in self._writable(spec)]

        def marked(names: tuple[str, ...] | None) -> None:
            if names is not None:
                self.change_spec(replace(spec, fields=names))

        words = ("Match keys, and parents it cannot be without, always come along. None marked: all are carried.",)
        self.app.push_screen(MarkDialog(f"Fields of {spec.name}", words, choices, spec.fields), marked)

    def _writable(self, spec: ObjectSpec) -> list[FieldDescribe]:
        from hotfix_tui.data.shape import shape_of

        described = self.model.known.get(spec.name)
        if described is None:
            return []
        return [described.fields[one.name] for one in shape_of(described).carried()]

    def do_masks(self) -> None:
        """Chooses a field, then its mask."""
        spec = self.spec
        if spec is not None:
            self.learn((spec.name,), lambda: self._choose_masked(spec))

    def _choose_masked(self, spec: ObjectSpec) -> None:
        kinds = {one.field: one.kind for one in spec.masks}
        fields = self._writable(spec)
        choices = [(one.name, f"{kinds.get(one.name, '')}  {_words(one, spec)}".strip()) for one in fields]
        choices.sort(key=lambda one: one[0] not in kinds)

        def picked(name: str | None) -> None:
            if name:
                self._choose_mask(spec, next(one for one in fields if one.name == name))

        words = ("A masked value never leaves production; neither the journal nor the environment sees it.",)
        self.app.push_screen(PickDialog(f"Mask a field of {spec.name}", words, choices), picked)

    def _choose_mask(self, spec: ObjectSpec, field: FieldDescribe) -> None:
        from hotfix_tui.data.data_set import Mask

        def picked(kind: str | None) -> None:
            if kind == "constant":
                self._type_constant(spec, field)
            elif kind == "none":
                self.change_spec(replace(spec, masks=tuple(one for one in spec.masks if one.field != field.name)))
            elif kind:
                self._mask(spec, field, Mask(field.name, kind))  # type: ignore[arg-type]

        self.app.push_screen(ChoiceDialog(f"Mask of {spec.name}.{field.name}", (_words(field, spec),), _KINDS), picked)

    def _type_constant(self, spec: ObjectSpec, field: FieldDescribe) -> None:
        from hotfix_tui.data.data_set import Mask

        def typed(text: str | None) -> None:
            if text:
                self._mask(spec, field, Mask(field.name, "constant", _constant(text, field)))

        words = (f"The value that every row gets in {field.name}:",)
        self.app.push_screen(ChangeDialog(f"Mask of {spec.name}", words, ""), typed)

    def _mask(self, spec: ObjectSpec, field: FieldDescribe, mask: Mask) -> None:
        """Takes the mask when it can give values of the field's type; the first one of a data set brings the seed."""
        from hotfix_tui.data.errors import DataSetError
        from hotfix_tui.data.masks import mask_function

        try:
            mask_function(mask, field, spec.name, "")
        except DataSetError as error:
            self.flash(str(error), "bad")
            return
        if mask.field in (*spec.key, *spec.second_key) and mask.kind in ("null", "constant"):
            self.flash(f"{mask.field} is in a key: only fake or hash keep it apart.", "bad")
            return
        others = tuple(one for one in spec.masks if one.field != mask.field)
        if not self.model.data_set.mask_seed:
            self.change(replace(self.model.data_set, mask_seed=secrets.token_hex(16)))
        self.change_spec(replace(spec, masks=(*others, mask)))


def _words(field: FieldDescribe, spec: ObjectSpec) -> str:
    key = " · match key" if field.name in (*spec.key, *spec.second_key) else ""
    needed = " · required" if field.required else ""
    return f"{field.label} · {field.type}{needed}{key}"


def _constant(text: str, field: FieldDescribe) -> str | int | float | bool:
    """`text` as the field's type, where it is one."""
    if field.type == "boolean":
        return text.lower() == "true" if text.lower() in ("true", "false") else text
    if field.type in ("int", "long", "double", "currency", "percent"):
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
    return text
