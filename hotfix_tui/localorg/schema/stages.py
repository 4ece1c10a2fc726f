"""The rows of OpportunityStage: what the values of Opportunity.StageName mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema.schema import Schema

FORECAST_NAMES = {
    "Omitted": "Omitted",
    "Pipeline": "Pipeline",
    "BestCase": "Best Case",
    "Forecast": "Commit",
    "Closed": "Closed",
}


def write_stages(schema: Schema) -> None:
    """Makes the rows those of the picklist's values; a stage keeps its Id, one that is gone becomes inactive."""
    field = schema.field("Opportunity.StageName")
    owner = schema.object("OpportunityStage")
    if field is None or owner is None:
        return
    store = schema.store
    schema.ensure(owner)
    with store.transaction():
        known = dict(store.rows("SELECT ApiName, Id FROM OpportunityStage"))
        stamp = store.meta("created_at")
        for order, each in enumerate(field.values, start=1):
            row = {
                "MasterLabel": each.label,
                "IsActive": each.active,
                "SortOrder": order,
                "IsClosed": "closed" in each.marks,
                "IsWon": "won" in each.marks,
                "ForecastCategory": each.forecast or "Pipeline",
                "ForecastCategoryName": FORECAST_NAMES.get(each.forecast, "Pipeline"),
                "DefaultProbability": each.probability,
            }
            if each.value in known:
                store.update_row("OpportunityStage", known.pop(each.value), row)
                continue
            made = schema.ids.record_id("01J", store.next_number("id:01J"))
            dates = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), stamp)
            store.insert_row("OpportunityStage", {"Id": made, "ApiName": each.value, **row, **dates})
        for stage_id in known.values():
            store.update_row("OpportunityStage", stage_id, {"IsActive": False})
