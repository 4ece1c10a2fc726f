"""Deleting and undeleting."""

from hotfix_tui.localorg.org import LocalOrg


def _count(org: LocalOrg, name: str) -> int:
    return int(org.queries.run(f"SELECT COUNT() FROM {name}")["totalSize"])


def test_details_go_with_their_master_and_come_back_under_the_same_ids(org: LocalOrg, user: str) -> None:
    shelf = str(org.records.insert(user, "Shelf__c", {"Name": "A"}).id)
    book = str(org.records.insert(user, "Book__c", {"Name": "Emma", "Shelf__c": shelf}).id)
    alone = str(org.records.insert(user, "Book__c", {"Name": "Odes", "Shelf__c": shelf}).id)
    assert org.records.delete(user, alone).success
    assert org.records.delete(user, shelf).success
    assert (_count(org, "Shelf__c"), _count(org, "Book__c")) == (0, 0)
    assert org.records.delete(user, book).errors[0].code == "ENTITY_IS_DELETED"
    assert org.records.update(user, "Book__c", book, {"Name": "x"}).errors[0].code == "ENTITY_IS_DELETED"
    assert org.records.undelete(user, shelf).success
    assert [row["Id"] for row in org.queries.records("SELECT Id FROM Book__c")] == [book]
    assert org.records.undelete(user, shelf).errors[0].code == "UNDELETE_FAILED"


def test_a_look_up_is_cleared_and_a_restricting_one_refuses(org: LocalOrg, user: str) -> None:
    shelf = org.records.insert(user, "Shelf__c", {"Name": "A"}).id
    first = str(org.records.insert(user, "Book__c", {"Name": "Emma", "Shelf__c": shelf}).id)
    sequel = org.records.insert(user, "Book__c", {"Name": "Emma 2", "Shelf__c": shelf, "Sequel_Of__c": first}).id
    loan = str(org.records.insert(user, "Loan__c", {"Book__c": first}).id)
    assert org.records.delete(user, first).errors[0].code == "DELETE_FAILED"
    assert org.records.delete(user, loan).success
    assert org.records.delete(user, first).success
    assert org.queries.records(f"SELECT Sequel_Of__c FROM Book__c WHERE Id = '{sequel}'")[0]["Sequel_Of__c"] is None


def test_the_standard_price_book_and_unknown_ids_are_not_deleted(org: LocalOrg, user: str) -> None:
    standard = org.queries.records("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    assert org.records.delete(user, standard).errors[0].code == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert org.records.delete(user, "001000000000009AAA").errors[0].code == "INVALID_CROSS_REFERENCE_KEY"
    assert org.records.delete(user, "soon").errors[0].code == "MALFORMED_ID"
