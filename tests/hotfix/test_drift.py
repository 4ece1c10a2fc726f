"""How far an org has drifted from production, where a data set's records are at home."""

from __future__ import annotations

from pathlib import Path

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.hotfix.drift import Drift, drift_of
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.salesforce.logins import flows
from tests.data import campus
from tests.data.campus import NS, School
from tests.data.conftest import fill


async def known(*schools: School) -> None:
    for school in schools:
        await flows.by_token(school.login.alias, school.login.instance_url, school.login.access_token)


def rule(school: School, name: str, message: str) -> None:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ValidationRule {NS}><fullName>{name}</fullName><active>true</active>'
        f"<errorConditionFormula>false</errorConditionFormula><errorMessage>{message}</errorMessage></ValidationRule>"
    )
    path = f"objects/Course__c/validationRules/{name}.validationRule-meta.xml"
    school.inside.components.put_all([Component("ValidationRule", f"Course__c.{name}", {path: body.encode()})],
                                     school.user_id)  # fmt: skip


def data_set(tmp_path: Path) -> DataSet:
    file = tmp_path / "campus.toml"
    file.write_text(campus.DATA_SET)
    return campus.load(file)


async def test_equal_orgs_have_not_drifted_and_one_rule_is_one_component(tmp_path: Path, own_home: Path) -> None:
    with campus.served(tmp_path / "a", "prod", "production") as prod, campus.served(tmp_path / "b", "box") as box:
        await known(prod, box)
        same = await drift_of("prod", "box", data_set(tmp_path))
        assert same.differ == 0
        assert same.rows == 1, "the standard price book"
        assert same.of > 10
        fill(prod)
        rule(box, "Odd", "not in production")
        rule(prod, "Both", "one")
        rule(box, "Both", "two")
        again = await drift_of("prod", "box", data_set(tmp_path))
        assert (again.differ, again.of) == (2, same.of + 2)
        assert again.rows == sum(
            len(prod.soql(f"SELECT Id FROM {name}"))
            for name in ("Course__c", "Lesson__c", "Exercise__c", "Product2", "Pricebook2", "PricebookEntry")
        ) - len(prod.soql("SELECT Id FROM Course__c WHERE Status__c = 'Closed'"))
        assert again.words == f"2 of {again.of} components of campus differ from production"


def test_an_org_without_anything_of_the_data_set_says_so() -> None:
    assert Drift("campus", 0, 0).words == "nothing of campus is in it"
