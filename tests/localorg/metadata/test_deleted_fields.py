"""Deleted fields: kept with their data for 15 days, purged where that is allowed, brought back from Setup."""

from __future__ import annotations

import pytest

from hotfix_tui.localorg.metadata.deleted_fields import CannotRestore
from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import only, text_field, tickets
from tests.localorg.metadata.soap_client import Fault, manifest, problems

FIELD = "Ticket__c.Note__c"
REMOVAL = {"package.xml": manifest(), "destructiveChanges.xml": manifest(CustomField=[FIELD])}
BACK = {"package.xml": manifest(CustomField=[FIELD]), "objects/Ticket__c.object": only(text_field("Note__c"))}


def _with_note(org: Served) -> str:
    org.soap.deploy(tickets())
    assert problems(org.soap.deploy(BACK)) == {}
    return org.org.records.raw_insert("Ticket__c", {"Name": "One", "Note__c": "kept"})


def test_a_deleted_field_lingers_with_its_data_and_comes_back_from_setup(production: Served) -> None:
    row = _with_note(production)
    assert problems(production.soap.deploy(REMOVAL)) == {}
    assert FIELD not in production.soap.listing("CustomField")
    deleted = production.org.components.deleted_fields
    assert [(item.full_name, item.rows) for item in deleted.all()] == [(FIELD, 1)]
    deleted.restore(FIELD, production.user_id)
    assert deleted.all() == []
    (found,) = production.rest.query("SELECT Id, Note__c FROM Ticket__c")
    assert (found["Id"], found["Note__c"]) == (row, "kept")


def test_after_fifteen_days_it_is_erased(production: Served) -> None:
    _with_note(production)
    production.soap.deploy(REMOVAL)
    production.org.clock.advance(15 * 86400 - 60)
    assert len(production.org.components.deleted_fields.all()) == 1
    production.org.clock.advance(120)
    assert production.org.components.deleted_fields.all() == []
    with pytest.raises(CannotRestore, match="15 days"):
        production.org.components.deleted_fields.restore(FIELD, production.user_id)


def test_a_field_made_again_by_a_deployment_is_a_new_and_empty_one(here: Served) -> None:
    _with_note(here)
    here.soap.deploy(REMOVAL)
    assert problems(here.soap.deploy(BACK)) == {}
    assert here.org.store.rows("SELECT Note__c FROM Ticket__c") == [(None,)]
    with pytest.raises(CannotRestore, match="again"):
        here.org.components.deleted_fields.restore(FIELD, here.user_id)


def test_purge_on_delete_erases_at_once_and_only_outside_production(here: Served, production: Served) -> None:
    _with_note(here)
    assert problems(here.soap.deploy(REMOVAL, purgeOnDelete=True)) == {}
    assert here.org.components.deleted_fields.all() == []
    with pytest.raises(Fault, match="purgeOnDelete"):
        production.soap.start(REMOVAL, purgeOnDelete=True)


def test_a_roll_up_summary_is_never_kept(here: Served) -> None:
    master = only(
        "<fields><fullName>Of__c</fullName><label>Of</label><referenceTo>Ticket__c</referenceTo>"
        "<relationshipName>Parts</relationshipName><relationshipOrder>0</relationshipOrder><type>MasterDetail</type></fields>"
        "<label>Part</label><nameField><label>N</label><type>Text</type></nameField><pluralLabel>Parts</pluralLabel>"
        "<deploymentStatus>Deployed</deploymentStatus><sharingModel>ControlledByParent</sharingModel>"
    )
    count = only(
        "<fields><fullName>Parts__c</fullName><label>Parts</label><summaryForeignKey>Part__c.Of__c</summaryForeignKey>"
        "<summaryOperation>count</summaryOperation><type>Summary</type></fields>"
    )
    here.soap.deploy(tickets())
    files = {"objects/Part__c.object": master, "package.xml": manifest(CustomObject=["Part__c"])}
    assert problems(here.soap.deploy(files)) == {}
    name = "Ticket__c.Parts__c"
    files = {"objects/Ticket__c.object": count, "package.xml": manifest(CustomField=[name])}
    assert problems(here.soap.deploy(files)) == {}
    removal = {"package.xml": manifest(), "destructiveChanges.xml": manifest(CustomField=[name])}
    assert problems(here.soap.deploy(removal)) == {}
    assert here.org.components.deleted_fields.all() == []
