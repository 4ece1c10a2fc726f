"""A seed of thirty rows with everything that a seed does, over and over from one start, each time killed elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotfix_tui.events import Intent
from hotfix_tui.events.session import EnvironmentChosen, HotfixCreated, StepFinished
from hotfix_tui.journal import Journal
from hotfix_tui.localorg.org import LocalOrg
from tests.automation import switches
from tests.automation.outside import states
from tests.data import campus
from tests.data.campus import School
from tests.data.conftest import fill, record_type, standard_book
from tests.hotfix.reports import BULK

OBJECTS = ("Course__c", "Lesson__c", "Exercise__c", "Product2", "Pricebook2", "PricebookEntry")
# One way of each sort: a permission set, a row of a setting, by deploy, by Tooling, and by a header.
WAYS = {
    "ApexTrigger:LessonTrigger": "bypass",
    "ValidationRule:Course__c.Open_Course_Has_Fee": "setting",
    "DuplicateRule:Lesson__c.Same_Code": "switch_off",
}
_AUDIT = {"CreatedDate", "LastModifiedDate", "SystemModstamp", "CreatedById", "LastModifiedById"}
_AUDIT |= {"LastViewedDate", "LastReferencedDate", "LastActivityDate"}
HOTFIX = "HF-1"


@dataclass
class Start:
    """Where every run begins: the sandbox's files, a journal with the seed asked for, production, the data set."""

    folder: Path
    prod: School
    box: Path
    journal: Path
    runners: subprocess.Popen[str]
    username: str
    user_id: str
    automations: dict[str, Any]


@dataclass
class Run:
    """One run in a home of its own, its sandbox served."""

    start: Start
    home: Path
    box: School

    def runner(self, kill: tuple[int, str] | None = None) -> int:
        """One runner's life, on what was asked in the journal; how it ended."""
        line = json.dumps({"hotfix": HOTFIX, "kill": kill})
        assert self.start.runners.stdin is not None
        assert self.start.runners.stdout is not None
        (self.start.folder / "home").unlink(missing_ok=True)
        (self.start.folder / "home").symlink_to(self.home)
        self.start.runners.stdin.write(line + "\n")
        self.start.runners.stdin.flush()
        return int(self.start.runners.stdout.readline())

    def ask(self, kind: str, **args: Any) -> str:
        """Leaves a request and lets the next runner do it; its result."""
        with self.journal() as journal:
            number = journal.post(kind, args)
        assert self.runner() == 0
        with self.journal() as journal:
            found = [one.event for one in journal.named(StepFinished)]
        return next(one.result for one in found if isinstance(one, StepFinished) and one.request == number)

    def journal(self) -> Journal:
        return Journal.open(self.home / "hotfixes" / f"{HOTFIX}.sqlite")

    def open_intents(self) -> list[Intent]:
        with self.journal() as journal:
            return journal.open_intents()

    def names(self) -> list[str]:
        """The names of the journal's events."""
        with self.journal() as journal:
            return [type(one.event).__name__ for one in journal.replay()]

    def left(self) -> dict[str, int]:
        """What the seed gives our user, and what must be gone again: how many of each there are."""
        sets = "SELECT Id FROM PermissionSetAssignment WHERE PermissionSet.Name = 'Campus_Load'"
        return {"sets": len(self.box.soql(sets)), "settings": len(self.box.soql(f"SELECT Id FROM {switches.SETTING}"))}

    def fired(self) -> list[str]:
        return sorted({str(row["name"]) for row in map(dict, self.box.inside.fired.rows()) if not row["bypassed"]})

    def rows(self) -> dict[str, list[Any]]:
        """Every row without its audit fields; each Id, its own too, as the key or name of the row it belongs to."""
        names: dict[str, str] = {}
        raw: dict[str, list[dict[str, Any]]] = {}
        for name in OBJECTS:
            described = self.box._call(_describe(self.box, name))
            fields = [one["name"] for one in described["fields"] if one["name"] not in _AUDIT]
            raw[name] = self.box.soql(f"SELECT {', '.join(fields)} FROM {name}")
            for row in raw[name]:
                keys = [row.get(f"{name[:-3]}_Key__c"), row.get("ProductCode"), row.get("Name")]
                names[row["Id"]] = f"{name}:{next(key for key in keys if key)}"
        return {
            name: sorted(([(key, names.get(str(value), value)) for key, value in row.items()] for row in rows), key=str)
            for name, rows in raw.items()
        }


def _describe(school: School, name: str) -> Any:
    from urllib.request import Request

    return Request(f"{school.login.instance_url}/services/data/v60.0/sobjects/{name}/describe")


def _fill_production(prod: School) -> None:
    """The school's fifteen rows, and as many more."""
    fill(prod)
    ids, lecture = prod.ids, record_type(prod, "Lecture")
    for number in range(5, 12):
        prod.put(
            "Lesson__c",
            Name=f"Lesson {number}",
            Lesson_Key__c=f"L{number}",
            Course__c=ids["C2"],
            Code__c=f"C-{number}",
            RecordTypeId=lecture,
            Before__c=ids["L4"],
        )
        prod.put("Exercise__c", Name=f"Ex {number}", Exercise_Key__c=f"E{number}", Lesson__c=ids[f"L{number}"])


def _fill_sandbox(box: School) -> None:
    """A course that must change, one that is equal, an exercise that production has no more."""
    course = box.put("Course__c", Name="Alchemie", Course_Key__c="C1", Status__c="Draft", Fee__c=1)
    lesson = box.put("Lesson__c", Name="One", Lesson_Key__c="L1", Course__c=course, Code__c="A-1")
    box.put("Exercise__c", Name="Gone", Exercise_Key__c="E99", Lesson__c=lesson)
    box.put("Product2", Name="Kit KIT-1", ProductCode="KIT-1", IsActive=True)
    book = box.put("Pricebook2", Name="School", IsActive=True)
    assert book
    assert standard_book(box)


@contextmanager
def start(folder: Path, *, bulk: bool = False) -> Iterator[Start]:
    """Makes both orgs and the journal once, and a process that forks runners; with `bulk` all rows go as Bulk jobs."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = switches.files()
    with campus.served(folder, "prod", "production", changed=changed) as prod:
        _fill_production(prod)
        with campus.served(folder, "box", changed=changed) as box:
            _fill_sandbox(box)
            automations = states(box)
            username, user_id, org_id = box.login.username, box.user_id, box.login.org_id
        # Closed by now: one file, and nothing beside it.
        text = campus.DATA_SET.replace('name = "Exercise__c"', 'name = "Exercise__c"\nmode = "delete"')
        campus.data_set(folder, text)
        journal = folder / "asked.sqlite"
        with Journal.create(journal, HOTFIX) as made:
            made.append(HotfixCreated(name="kill", production="prod", production_id=prod.login.org_id), "new")
            made.append(EnvironmentChosen(org="box", org_id=org_id, kind="sandbox developer"), "choose_environment")
        runners = subprocess.Popen(
            [sys.executable, "-m", "tests.hotfix.kill_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "HOTFIX_HOME": str(folder / "home"),
                "HOTFIX_RUNNER_IDLE": "0",
                BULK: "1" if bulk else "",
            },
            text=True,
        )
        try:
            yield Start(folder, prod, folder / "box", journal, runners, username, user_id, automations)
        finally:
            assert runners.stdin is not None
            runners.stdin.close()
            runners.wait(20)


@contextmanager
def run(begin: Start, name: str) -> Iterator[Run]:
    """A fresh copy of the start, served; gone afterwards."""
    home = begin.folder / f"run-{name}"
    shutil.copytree(begin.box, home / "box")
    (home / "hotfixes").mkdir(mode=0o700)
    (home / "local-orgs").mkdir(mode=0o700)
    journal = home / "hotfixes" / f"{HOTFIX}.sqlite"
    shutil.copy(begin.journal, journal)
    with Journal.open(journal) as opened:  # asked now: a request that waited long belongs to nobody any more
        opened.post("seed", asked(begin))
    with campus.opened(LocalOrg(home / "box"), "box", begin.username, begin.user_id) as box:
        logins = {school.login.alias: school.login for school in (begin.prod, box)}
        entries = {
            alias: {
                "org_id": one.org_id,
                "instance_url": one.instance_url,
                "username": one.username,
                "access_token": one.access_token,
            }
            for alias, one in logins.items()
        }
        (home / "local-orgs" / "registry.json").write_text(json.dumps({"orgs": entries}))
        yield Run(begin, home, box)
    shutil.rmtree(home)


@dataclass
class Clean:
    """What a run that nobody disturbed leaves: the rows, the journal's events, how many calls wrote something."""

    rows: dict[str, list[Any]]
    events: list[str]
    before: int
    writes: int


def clean_run(begin: Start) -> Clean:
    """A seed that nobody disturbs."""
    with run(begin, "clean") as undisturbed:
        before = len(undisturbed.names())
        assert undisturbed.runner() == 0
        as_if_nothing_had_been(undisturbed)
        writes = sum(_writes(one) for one in undisturbed.box.traffic.requests.log)
        return Clean(undisturbed.rows(), undisturbed.names(), before, writes)


def _writes(request: dict[str, Any]) -> bool:
    writing = request["method"] in ("POST", "PATCH", "DELETE") and request["operation"] in ("", "deploy")
    return writing and "/query" not in request["path"]


def asked(begin: Start) -> dict[str, Any]:
    """What every run asks of a seed."""
    return {"data_set": str(begin.folder / "campus.toml"), "automations": WAYS}


def as_if_nothing_had_been(run: Run, clean: Clean | None = None) -> None:
    """Automations as at the start, nothing left with our user, nothing fired; with `clean`, its rows and no other."""
    assert states(run.box) == run.start.automations
    assert run.left() == {"sets": 0, "settings": 0}
    assert run.fired() == []
    assert [one for one in run.open_intents() if one.RETURNS] == []
    if clean is not None:
        assert run.rows() == clean.rows
