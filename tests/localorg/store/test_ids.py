"""Record ids."""

from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.localorg.store.ids import IdMaker, checksum, is_id, to_18

ids = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=15, max_size=15)


def test_known_ids_have_the_suffix_salesforce_gave_them() -> None:
    for known in ("01gRO0000016PIAYA2", "0Af7A00000l6BaoSAE", "012000000000000AAA"):
        assert checksum(known[:15]) == known[15:]


@given(ids)
def test_both_forms_name_the_same_record(short: str) -> None:
    full = short + checksum(short)
    assert to_18(short) == full == to_18(full)


@given(ids)
def test_an_id_whose_case_was_lost_is_found_by_its_suffix(short: str) -> None:
    full = short + checksum(short)
    assert to_18(full[:15].lower() + full[15:]) == full
    assert to_18(full[:15].upper() + full[15:]) == full


@given(st.text(max_size=20))
def test_other_texts_are_no_ids(text: str) -> None:
    assert is_id(text) == (to_18(text) is not None)
    if len(text) not in (15, 18):
        assert not is_id(text)


@given(st.text(max_size=12), st.integers(0, 10_000))
def test_the_same_seed_makes_the_same_ids_and_they_sort_by_number(seed: str, number: int) -> None:
    one, other = IdMaker(seed), IdMaker(seed)
    assert one.record_id("001", number) == other.record_id("001", number)
    assert one.record_id("001", number) != one.record_id("001", number + 1)
    assert to_18(one.record_id("a0B", number)) is not None
    assert one.org_id() == other.org_id() and one.org_id().startswith("00D")


def test_orgs_of_different_seeds_have_different_ids() -> None:
    made = {IdMaker(name).record_id("001", 1) for name in ("prod", "uat", "qa", "train", "dev1", "int", "hfx1")}
    assert len(made) == 7
