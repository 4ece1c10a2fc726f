"""Running one deployment: check everything it names, then run its tests, then apply all of it in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import archive, xml
from hotfix_tui.localorg.metadata.checks import World, check_item, check_removal
from hotfix_tui.localorg.metadata.checks.permitted import check_permitted
from hotfix_tui.localorg.metadata.checks.world import is_custom
from hotfix_tui.localorg.metadata.job import DeployJob
from hotfix_tui.localorg.metadata.options import Message, error
from hotfix_tui.localorg.metadata.order import schema_order
from hotfix_tui.localorg.metadata.package import Deletion, Item, Package, read_package
from hotfix_tui.localorg.metadata.profiles import overlaid
from hotfix_tui.localorg.metadata.removal import remove
from hotfix_tui.localorg.metadata.store import Outcome
from hotfix_tui.localorg.metadata.support import flows_land_active, timestamp
from hotfix_tui.localorg.metadata.testing import TestRunner, effective_level
from hotfix_tui.localorg.metadata.trial import schema_problems
from hotfix_tui.localorg.metadata.versions import number
from hotfix_tui.localorg.schema import SchemaError

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


class Stopped(Exception):
    """The deployment was cancelled, or the org is shutting down."""


@dataclass(frozen=True)
class Steps:
    """What a run calls as it goes; both wait for the pace and raise Stopped.

    `work`: before each component and each test; `finalize`: when only applying is left, which nothing stops.
    """

    work: Callable[[], None]
    finalize: Callable[[], None]


class DeployRun:
    """One run of a deployment."""

    def __init__(self, org: LocalOrg, job: DeployJob, content: bytes, steps: Steps) -> None:
        self._org = org
        self._job = job
        self._content = content
        self._step = steps.work
        self._finalize = steps.finalize
        self.package = Package()
        """What it brings: empty until it was read."""
        self._was_there: set[tuple[str, str]] = set()

    def run(self) -> str:
        """Does everything; returns the final status. The job's counts and messages say what happened."""
        try:
            files = archive.unpack(self._content, single_package=self._job.options.single_package)
        except archive.BadArchive as problem:
            self._fail_whole(str(problem), problem.code)
            return "Failed"
        return self.run_files(files)

    def run_files(self, files: dict[str, bytes]) -> str:
        """As `run`, with the files of the package unzipped."""
        self.package = read_package(files, self._job.options)
        newest = self._org.conditions.newest_version
        if newest and number(self.package.version) > newest:
            self._fail_whole(f"Invalid version specified:{self.package.version}", "INVALID_VERSION")
            return "Failed"
        self._check()
        if self._job.failures and (self._job.options.rollback_on_error or self._nothing_left()):
            return "Failed"
        return self._finish() if self._test() else "Failed"

    def _fail_whole(self, message: str, code: str) -> None:
        self._job.error_message, self._job.error_code = message, code
        self._job.failures = [error("", archive.MANIFEST, archive.MANIFEST, message)]
        self._job.component_errors = 1

    def _nothing_left(self) -> bool:
        package_broken = any(
            item.file_name == archive.MANIFEST and not item.component_type for item in self._job.failures
        )
        return package_broken or not (self.package.items or self.package.delete_before or self.package.delete_after)

    # Checking

    def _check(self) -> None:
        job, package = self._job, self.package
        package.items.sort(key=lambda item: schema_order(item.component))
        deletions = [*package.delete_before, *package.delete_after]
        job.components_total = len(package.items) + len(deletions)
        self._add_failures(package.failures)
        refused = self._refused()
        for item in list(package.items):
            job.state_detail = f"Processing Type: {_spaced(item.type)}"
            problems = refused.get(item.component.component_id.key, [])
            if disturbance := self._go_on():
                problems = [*problems, error(item.type, item.full_name, item.file_name, disturbance)]
                refused[item.component.component_id.key] = problems
            if problems:
                self._add_failures(problems)
            else:
                job.components_deployed += 1
        self._check_deletions(deletions)
        if not job.options.rollback_on_error:
            package.items = [item for item in package.items if item.component.component_id.key not in refused]

    def _go_on(self, *, test: bool = False) -> str:
        """Comes to the next component, or test; gives the problem that a fault wants it to have, or nothing."""
        self._job.at_component += not test
        self._job.at_test += test
        self._step()
        return self._job.disturbance

    def _refused(self) -> dict[tuple[str, str], list[Message]]:
        """The failures of each component. With partial success, what needs a refused component is refused with it."""
        package = Package(self.package.version, list(self.package.items), self.package.delete_before)
        refused: dict[tuple[str, str], list[Message]] = {}
        while True:
            found = self._problems_of(package)
            refused.update(found)
            if not found or self._job.options.rollback_on_error:
                return refused
            package.items = [item for item in package.items if item.component.component_id.key not in found]

    def _problems_of(self, package: Package) -> dict[tuple[str, str], list[Message]]:
        world = World(self._org, package)
        rights = self._org.people.rights(self._job.created_by)
        found: dict[tuple[str, str], list[Message]] = {}
        for item in package.items:
            problems = check_permitted(item, rights) or check_item(item, world)
            if problems:
                found[item.component.component_id.key] = problems
        for problem in schema_problems(self._org, package):
            found.setdefault((problem.component_type, problem.full_name.lower()), [problem])
        return found

    def _check_deletions(self, deletions: list[Deletion]) -> None:
        world = World(self._org, self.package)
        for deletion in deletions:
            self._job.state_detail = f"Processing Type: {_spaced(deletion.component.type)}"
            disturbance = self._go_on()
            if self._org.components.exists(deletion.component.type, deletion.component.full_name):
                self._was_there.add(deletion.component.key)
            problem = check_removal(deletion, world)
            if problem is None and deletion.component.key not in self._was_there:
                problem = self._missing(deletion)
            if disturbance:
                problem = error(deletion.component.type, deletion.component.full_name, deletion.file_name, disturbance)
            if problem is not None:
                self._add_failures([problem])
            else:
                self._job.components_deployed += 1

    def _missing(self, deletion: Deletion) -> Message | None:
        """With ignoreWarnings off, deleting what is not there is as bad as an error (DeployMessage, `success`)."""
        if self._job.options.ignore_warnings:
            return None
        return _absent(deletion, counts=True)

    def _add_failures(self, problems: list[Message]) -> None:
        at = timestamp(self._org)
        for problem in problems:
            problem.at = at
        self._job.failures.extend(problems)
        self._job.component_errors = len({(item.component_type, item.full_name) for item in self._job.failures})

    # Testing

    def _test(self) -> bool:
        job = self._job
        level = effective_level(self._org, job.options, self.package)
        job.test_level = level
        if level == "NoTestRun" or job.validated_id:
            return True
        runner = TestRunner(self._org, job.options, self.package, level)
        problems = runner.plan()
        if problems:
            self._add_failures([error("ApexClass", name, "", problem) for name, problem in problems])
            job.error_message, job.error_code = problems[0][1], "INVALID_OPERATION"
            return False
        job.tests_total = len(runner.run.methods)
        for index, (class_name, method) in enumerate(runner.run.methods):
            job.state_detail = f"{class_name}.{method}"
            passed = runner.execute(index, self._go_on(test=True))
            job.tests_completed += int(passed)
            job.test_errors += int(not passed)
        runner.judge()
        job.test_result = runner.run.result()
        return runner.run.passed

    # Applying

    def _finish(self) -> str:
        job = self._job
        outcomes = {item.component.component_id.key: self._expected(item) for item in self.package.items}
        if not job.options.check_only:
            self._finalize()
            try:
                outcomes = self._apply()
            except (SchemaError, xml.BadXml, ValueError) as problem:
                self._add_failures([error("", archive.MANIFEST, archive.MANIFEST, str(problem))])
                job.components_deployed = 0
                return "Failed"
        job.successes = self._success_messages(outcomes)
        job.state_detail = ""
        return "SucceededPartial" if job.failures else "Succeeded"

    def _expected(self, item: Item) -> Outcome:
        old = self._org.components.get(item.type, item.full_name)
        if old is None:
            return "created"
        return "unchanged" if old.files == item.component.files else "changed"

    def _apply(self) -> dict[tuple[str, str], Outcome]:
        components, user = self._org.components, self._job.created_by
        at = timestamp(self._org)
        version, purge = number(self.package.version), self._job.options.purge_on_delete
        brought = [overlaid(components, item.component, version) for item in self.package.items]
        with self._org.atomic():
            for deletion in self.package.delete_before:
                remove(components, deletion.component, user, at, purge=purge)
            active = flows_land_active(self._org, self.package)
            outcomes = components.put_all(brought, user, at, land_active=active, granted=False)
            for deletion in self.package.delete_after:
                remove(components, deletion.component, user, at, purge=purge)
        return outcomes

    def _success_messages(self, outcomes: dict[tuple[str, str], Outcome]) -> list[Message]:
        at = timestamp(self._org)
        messages = []
        for item in self.package.items:
            outcome = _not_made(item, outcomes.get(item.component.component_id.key, "changed"))
            messages.append(
                Message(
                    item.type,
                    item.full_name,
                    item.file_name,
                    created=outcome == "created",
                    changed=outcome != "unchanged",
                    id=self._org.components.id_of(item.type, item.full_name),
                    at=at,
                )
            )
        failed = {(item.component_type, item.full_name.lower()) for item in self._job.failures}
        for deletion in (*self.package.delete_before, *self.package.delete_after):
            if deletion.component.key not in failed:
                messages.append(self._deleted_message(deletion, at))
        messages.append(Message("", archive.MANIFEST, archive.MANIFEST, changed=True, at=at))
        return messages

    def _deleted_message(self, deletion: Deletion, at: str) -> Message:
        wanted = deletion.component
        if wanted.key not in self._was_there:
            message = _absent(deletion, counts=False)
            message.at = at
            return message
        return Message(wanted.type, wanted.full_name, deletion.file_name, deleted=True, changed=True, at=at)


def _not_made(item: Item, outcome: Outcome) -> Outcome:
    """What happened, for components that are in every org from the beginning: no deployment creates them."""
    if outcome != "created":
        return outcome
    if item.type == "CustomObject" and not is_custom(item.full_name):
        return "changed" if len(xml.parse(item.component.xml)) else "unchanged"
    return "changed" if item.type in ("Settings", "StandardValueSet") else outcome


def _absent(deletion: Deletion, *, counts: bool) -> Message:
    """The warning about a deletion of what is not there."""
    wanted = deletion.component
    text = f"No {wanted.type} named: {wanted.full_name} found"
    line = deletion.line
    return Message(wanted.type, wanted.full_name, deletion.file_name, text, "Warning", line, counts=counts)


def _spaced(type_name: str) -> str:
    """`ApexClass` as the progress text has it: Apex Class."""
    return "".join(f" {char}" if char.isupper() and index else char for index, char in enumerate(type_name))
