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


def _deleted(org: LocalOrg, name: str) -> int:
    return int(org.queries.run(f"SELECT COUNT() FROM {name} WHERE IsDeleted = true", all_rows=True)["totalSize"])


def test_a_look_up_is_filled_again_unless_it_points_elsewhere_by_then(org: LocalOrg, user: str) -> None:
    shelf = org.records.insert(user, "Shelf__c", {"Name": "A"}).id
    first, other = (
        str(org.records.insert(user, "Book__c", {"Name": name, "Shelf__c": shelf}).id) for name in ("Emma", "Odes")
    )
    sequels = [
        str(org.records.insert(user, "Book__c", {"Name": name, "Shelf__c": shelf, "Sequel_Of__c": first}).id)
        for name in ("kept", "moved")
    ]
    assert org.records.delete(user, first).success
    assert org.records.update(user, "Book__c", sequels[1], {"Sequel_Of__c": other}).success
    assert org.records.undelete(user, first).success
    rows = org.queries.records("SELECT Sequel_Of__c FROM Book__c WHERE Name IN ('kept', 'moved') ORDER BY Name")
    assert [row["Sequel_Of__c"] for row in rows] == [first, other]


def test_a_detail_does_not_come_back_without_its_master(org: LocalOrg, user: str) -> None:
    shelf = str(org.records.insert(user, "Shelf__c", {"Name": "A"}).id)
    alone, along = (
        str(org.records.insert(user, "Book__c", {"Name": name, "Shelf__c": shelf}).id) for name in ("Emma", "Odes")
    )
    assert org.records.delete(user, alone).success
    assert org.records.delete(user, shelf).success
    for each in (alone, along):
        assert org.records.undelete(user, each).errors[0].code == "UNDELETE_FAILED"
    assert [each.success for each in org.records.undelete_all(user, [shelf, alone])] == [True, True]
    assert _count(org, "Book__c") == 2


def test_a_unique_key_taken_meanwhile_keeps_a_record_in_the_bin(org: LocalOrg, user: str) -> None:
    shelf = str(org.records.insert(user, "Shelf__c", {"Name": "A", "Key__c": "K"}).id)
    assert org.records.delete(user, shelf).success
    org.records.insert(user, "Shelf__c", {"Name": "B", "Key__c": "k"})
    assert org.records.undelete(user, shelf).errors[0].code == "DUPLICATE_VALUE"
    assert (_count(org, "Shelf__c"), _deleted(org, "Shelf__c")) == (1, 1)


def test_a_look_up_to_what_was_deleted_later_comes_back_empty(org: LocalOrg, user: str) -> None:
    account = str(org.records.insert(user, "Account", {"Name": "Acme"}).id)
    contact = str(org.records.insert(user, "Contact", {"LastName": "Lee", "AccountId": account}).id)
    loan = str(org.records.insert(user, "Loan__c", {"Reader__c": contact}).id)
    assert org.records.delete(user, loan).success
    assert org.records.delete(user, contact).success
    assert org.records.undelete(user, loan).success
    assert org.queries.records("SELECT Reader__c FROM Loan__c")[0]["Reader__c"] is None


def test_the_bin_is_emptied_after_fifteen_days_of_the_orgs_clock(org: LocalOrg, user: str) -> None:
    shelf = str(org.records.insert(user, "Shelf__c", {"Name": "A"}).id)
    org.records.insert(user, "Book__c", {"Name": "Emma", "Shelf__c": shelf})
    assert org.records.delete(user, shelf).success
    org.clock.advance(14.9 * 86_400)
    assert (_deleted(org, "Shelf__c"), _deleted(org, "Book__c")) == (1, 1)
    org.clock.advance(0.2 * 86_400)
    assert (_deleted(org, "Shelf__c"), _deleted(org, "Book__c")) == (0, 0)
    assert org.records.undelete(user, shelf).errors[0].code == "UNDELETE_FAILED"


def test_what_is_purged_is_gone_with_its_details(org: LocalOrg, user: str) -> None:
    shelf = str(org.records.insert(user, "Shelf__c", {"Name": "A"}).id)
    org.records.insert(user, "Book__c", {"Name": "Emma", "Shelf__c": shelf})
    assert org.records.purge_all(user, [shelf])[0].errors[0].code == "INVALID_CROSS_REFERENCE_KEY"
    assert org.records.delete(user, shelf).success
    assert org.records.purge_all(user, [shelf])[0].success
    assert (_deleted(org, "Shelf__c"), _deleted(org, "Book__c")) == (0, 0)
    assert org.records.undelete(user, shelf).errors[0].code == "UNDELETE_FAILED"
