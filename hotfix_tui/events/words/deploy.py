"""Sentences of deploys."""

from __future__ import annotations

from hotfix_tui.events import deploy
from hotfix_tui.events.words.phrases import listed, many, says, with_detail

_PURPOSES = {
    "resolve": "bring production's components",
    "switch_off": "switch automations off",
    "restore": "restore automations",
    "validate": "validate the fix",
    "promote": "deploy the fix",
    "sync": "deploy the fix",
}


@says(deploy.DeployRequested)
def _(event: deploy.DeployRequested) -> str:
    what = many(len(event.components), "component")
    tests = f", tests {listed(event.tests)}" if event.tests else ""
    check = " (check only)" if event.check_only else ""
    return f"{event.org}: about to {_PURPOSES.get(event.purpose, event.purpose)}{check}: {what}{tests}"


@says(deploy.DeployStarted)
def _(event: deploy.DeployStarted) -> str:
    return f"{event.org}: {'validation' if event.check_only else 'deploy'} {event.deploy_id} is in the queue"


@says(deploy.DeployProgressed)
def _(event: deploy.DeployProgressed) -> str:
    components = f"{event.components_done}/{event.components_total} components"
    tests = f", {event.tests_done}/{event.tests_total} tests" if event.tests_total else ""
    errors = event.component_errors + event.test_errors
    wrong = f", {many(errors, 'error')}" if errors else ""
    return with_detail(f"{event.org}: {event.status} {components}{tests}{wrong}", event.detail, " · ")


@says(deploy.ComponentDeployed)
def _(event: deploy.ComponentDeployed) -> str:
    line = f" line {event.line}" if event.line else ""
    return with_detail(f"{event.org}: {event.type} {event.full_name}{line} {event.outcome}", event.problem)


@says(deploy.TestRan)
def _(event: deploy.TestRan) -> str:
    outcome = "passed" if event.passed else "failed"
    return with_detail(f"{event.org}: {event.class_name}.{event.method} {outcome}", event.message)


@says(deploy.DeployFinished)
def _(event: deploy.DeployFinished) -> str:
    what = "validation" if event.check_only else "deploy"
    problems = f", {many(len(event.problems), 'problem')}" if event.problems else ""
    until = f"; quick deploy until {event.quick_deploy_until}" if event.quick_deploy_until else ""
    return f"{event.org}: {what} {event.deploy_id} {event.status}{problems}{until}"


@says(deploy.ComponentsResolved)
def _(event: deploy.ComponentsResolved) -> str:
    act = "taken back" if event.undone else "brought from production"
    return f"{event.org}: {many(len(event.components), 'component')} {act}: {listed(event.components)}"
