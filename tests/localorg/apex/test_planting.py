"""What is planted of Apex by scenario files and by the control endpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.apex.planted import PlantedOutcomes
from hotfix_tui.localorg.apex.planting import put
from hotfix_tui.localorg.clock import Clock, parse_datetime
from hotfix_tui.localorg.scenarios import ScenarioError, read
from hotfix_tui.localorg.scenarios.build import build
from hotfix_tui.localorg.scenarios.timeline import Timeline
from tests.localorg import small
from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import apex_class, flow

PLANTED = """
[[outcome]]
name = "PricesTest"
failures = {adds = "System.AssertException: no"}
orgs = ["one"]
[[job]]
class = "Prices"
name = "Nightly"
cron = "0 0 2 * * ?"
by = "bob"
[[job]]
class = "Prices"
kind = "BatchApex"
status = "Processing"
orgs = ["two"]
[[interview]]
flow = "Guard"
version = 1
label = "waits for an approval"
"""
CODE = {
    **apex_class("Prices", "public class Prices {}"),
    **apex_class("PricesTest", "@IsTest class PricesTest { @IsTest static void adds() {} }"),
}


def _folder(folder: Path, planted: str = PLANTED) -> Path:
    base = "metadata/base/main/default"
    files = {f"{base}/{path}": text for path, text in CODE.items()}
    files[f"{base}/flows/Guard-1.flow-meta.xml"] = flow(object_name="Account")
    return small.write(folder, {**small.SMALL, **files, "scenario.toml": small.SMALL["scenario.toml"] + planted})


def test_a_scenario_plants_outcomes_jobs_and_interviews(tmp_path: Path) -> None:
    scenario = read(_folder(tmp_path / "scenario"))
    now = parse_datetime("2026-01-13T10:00:00Z")
    for spec in scenario.orgs:
        org = build(scenario, spec, tmp_path / spec.alias, Clock(now), Timeline(scenario.reads_at, now))
        try:
            kinds = [(job.kind, job.state) for job in org.jobs.holding("Prices")]
            owners = org.store.rows("SELECT u.LastName FROM CronTrigger t JOIN User u ON u.Id = t.OwnerId")
            assert owners == [("Ray",)]
            version = org.components.flows.versions("Guard")[0]
            assert len(org.jobs.paused(version.id)) == 1
            planted = PlantedOutcomes(org).failure("PricesTest", "adds")
            if spec.alias == "one":
                assert (kinds, planted) == ([("ScheduledApex", "WAITING")], "System.AssertException: no")
            else:
                assert (kinds, planted) == ([("ScheduledApex", "WAITING"), ("BatchApex", "Processing")], None)
        finally:
            org.close()


@pytest.mark.parametrize(
    ("planted", "words"),
    [
        ('[[job]]\nclass = "Prices"\nby = "nobody"\n', "there is no user nobody"),
        ('[[job]]\nkind = "BatchApex"\n', "class is missing"),
        ('[[outcome]]\nname = "X"\npercent = 101\n', "percent is a number from 0 to 100"),
        ('[[interview]]\nflow = "Guard"\nversion = "1"\n', "wrong type"),
        ('[[job]]\nclass = "Prices"\nwhen = "now"\n', "when says nothing of job"),
    ],
)
def test_a_scenario_that_plants_nonsense_is_refused_with_the_reason(tmp_path: Path, planted: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        read(_folder(tmp_path, planted))


@pytest.mark.parametrize(
    ("kind", "raw", "words"),
    [
        ("outcome", {"name": "Absent"}, "no Apex class or trigger Absent"),
        ("job", {"class": "Absent"}, "no Apex class Absent"),
        ("job", {"class": "Pricing", "kind": "Queueable", "cron": "0 0 2 * * ?"}, "cron"),
        ("interview", {"flow": "Absent", "version": 1}, "no flow Absent-1"),
    ],
)
def test_what_the_org_does_not_have_cannot_be_planted(
    coded: Served, kind: str, raw: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        put(coded.org, kind, raw, lambda name: name)


@pytest.mark.slow
def test_the_control_endpoint_plants_shows_and_ends_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTFIX_HOME", str(tmp_path / "home"))
    small.start(_folder(tmp_path / "scenario", ""))
    try:
        made = process.control("POST", "/orgs/one/apex/job", {"class": "Prices", "by": "bob"})
        shown = process.control("GET", "/orgs/one/apex")
        assert [(job["id"], job["class_name"]) for job in shown["jobs"]] == [(made["id"], "Prices")]
        assert process.control("DELETE", f"/orgs/one/apex/{made['id']}") == {"finished": made["id"]}
        assert process.control("GET", "/orgs/one/apex")["jobs"] == []
        assert small.run("control", "outcome", "one", "PricesTest", "--fail", "adds=no") == 0
        assert small.run("control", "interview", "one", "Guard", "1", "--label", "waits") == 0
        shown = process.control("GET", "/orgs/one/apex")
        assert shown["outcomes"]["pricestest"]["failures"] == {"adds": "no"}
        assert [each["label"] for each in shown["interviews"]] == ["waits"]
        assert small.run("control", "job", "one", "Absent") == 2
        assert small.run("control", "outcome", "one", "PricesTest", "--fail", "adds") == 2
        assert "METHOD=WORDS" in capsys.readouterr().err
    finally:
        process.stop()
