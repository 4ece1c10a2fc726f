"""What a second person does, over the services that the APIs use, as the user they are."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.crud import Crud
from hotfix_tui.localorg.metadata.envelope import SoapFault
from hotfix_tui.localorg.metadata.locks import LOCKED
from hotfix_tui.localorg.metadata.options import DeployOptions
from hotfix_tui.localorg.person.script import Step
from hotfix_tui.localorg.records.outcome import SaveOutcome
from hotfix_tui.localorg.store.ids import to_18
from hotfix_tui.localorg.users import User, current_user

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_SWITCHES = {"ValidationRule": "active", "WorkflowRule": "active", "DuplicateRule": "isActive"}
_OPTIONS = {
    "check_only": bool,
    "ignore_warnings": bool,
    "run_tests": list,
    "test_level": str,
}


class CannotAct(Exception):
    """The org did not let the person do it. The message says why, in the org's words where it has some."""


def act(org: LocalOrg, step: Step, user: User) -> str:
    """Takes a step; what was done, in a sentence. Raises CannotAct."""
    token = current_user.set(user.id)
    try:
        return _ACTS[step.do](org, step.what, user)
    except SoapFault as problem:
        raise CannotAct(str(problem)) from problem
    finally:
        current_user.reset(token)


# Metadata


def _deploy(org: LocalOrg, what: dict[str, Any], user: User) -> str:
    options = dict(what.get("options", {}))
    for name, value in options.items():
        if name not in _OPTIONS or not isinstance(value, _OPTIONS[name]):
            raise CannotAct(f"A deployment here has no option {name} {value!r}.")
    files = {name: _bytes(content) for name, content in what["files"].items()}
    return _enqueue(org, files, user, options)


def _bytes(content: Any) -> bytes:
    return base64.b64decode(content["base64"]) if isinstance(content, dict) else str(content).encode()


def _enqueue(org: LocalOrg, files: dict[str, bytes], user: User, options: dict[str, Any]) -> str:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    asked = DeployOptions(rollback_on_error=True, single_package=True, **options)
    job = org.deploys.enqueue(out.getvalue(), asked, user.id)
    return f"Deployment {job.id} is in the queue."


def _edit(org: LocalOrg, what: dict[str, Any], user: User) -> str:
    kind, _, name = what["component"].partition(":")
    if "xml" in what:
        root = xml.parse(what["xml"].encode())
    else:
        root = xml.parse(_component(org, kind, name).xml)
        for tag, text in what["set"].items():
            _set(root, tag, text)
    _save_in_setup(org, kind, name, root, user)
    return f"{kind} {name} was changed in Setup."


def _set(root: xml.Element, tag: str, text: Any) -> None:
    found = xml.child(root, tag)
    if found is None:
        raise CannotAct(f"The component has no element {tag} to set.")
    found.text = str(text).lower() if isinstance(text, bool) else str(text)


def _save_in_setup(org: LocalOrg, kind: str, name: str, root: xml.Element, user: User) -> None:
    body, given = xml.new_root("upsertMetadata"), xml.renamed(root, "metadata")
    given.set(f"{{{xml.XSI}}}type", kind)
    for old in xml.children(given, "fullName"):
        given.remove(old)
    title = xml.renamed(root, "fullName")
    for child in list(title):
        title.remove(child)
    title.text = name
    given.insert(0, title)
    body.append(given)
    _succeeded(Crud(org).upsert(body, None, user.id)[0])


def _succeeded(result: dict[str, Any]) -> None:
    if not result["success"]:
        errors = result["errors"]
        first = errors[0] if isinstance(errors, list) else errors
        raise CannotAct(f"{first['statusCode']}: {first['message']}")


def _remove(org: LocalOrg, what: dict[str, Any], user: User) -> str:
    kind, _, name = what["component"].partition(":")
    body = xml.new_root("deleteMetadata")
    for tag, text in (("type", kind), ("fullNames", name)):
        item = xml.new_root(tag)
        item.text = text
        body.append(item)
    _succeeded(Crud(org).delete(body, None, user.id)[0])
    return f"{kind} {name} was deleted in Setup."


def _flip(org: LocalOrg, what: dict[str, Any], user: User) -> str:
    kind, _, name = what["component"].partition(":")
    on = bool(what["on"])
    if kind == "Flow":
        return _flip_flow(org, name, what.get("version", 0), user, on=on)
    if kind == "ApexTrigger":
        return _flip_trigger(org, name, user, on=on)
    if kind not in _SWITCHES:
        raise CannotAct(f"{kind} is no automation that is switched here: {', '.join(_SWITCHES)}, Flow, ApexTrigger.")
    root = xml.parse(_component(org, kind, name).xml)
    _set(root, _SWITCHES[kind], on)
    _save_in_setup(org, kind, name, root, user)
    return f"{kind} {name} was switched {'on' if on else 'off'} in Setup."


def _flip_flow(org: LocalOrg, name: str, version: int, user: User, *, on: bool) -> str:
    _check_unlocked(org, "Flow", name)
    if on and not version:
        version = max((each.number for each in org.components.flows.all() if each.name == name), default=0)
        if not version:
            raise CannotAct(f"There is no flow {name}.")
    try:
        org.components.activate_flow(name, version if on else 0, user.id)
    except ValueError as problem:
        raise CannotAct(str(problem)) from problem
    return f"Version {version} of the flow {name} was activated." if on else f"The flow {name} was deactivated."


def _flip_trigger(org: LocalOrg, name: str, user: User, *, on: bool) -> str:
    """In production a trigger is switched by a deployment only; elsewhere in Setup."""
    found = _component(org, "ApexTrigger", name)
    root = xml.parse(found.xml)
    _set(root, "status", "Active" if on else "Inactive")
    files = {path: xml.write(root) if path.endswith("-meta.xml") else body for path, body in found.files.items()}
    if org.kind == "production":
        manifest = (
            f'<Package xmlns="{xml.NAMESPACE}"><types><members>{found.full_name}</members><name>ApexTrigger</name>'
            "</types><version>66.0</version></Package>"
        )
        return _enqueue(org, {"package.xml": manifest.encode(), **files}, user, {})
    _check_unlocked(org, "ApexTrigger", found.full_name)
    with org.atomic():
        org.components.put_all([Component("ApexTrigger", found.full_name, files)], user.id)
    return f"ApexTrigger {name} was switched {'on' if on else 'off'} in Setup."


def _check_unlocked(org: LocalOrg, kind: str, name: str) -> None:
    if org.deploys.locked(ComponentId(kind, name)):
        raise CannotAct(": ".join(LOCKED))


def _component(org: LocalOrg, kind: str, name: str) -> Component:
    found = org.components.get(kind, name)
    if found is None or not found.xml:
        raise CannotAct(f"There is no {kind} {name}.")
    return found


# Records


def _insert(org: LocalOrg, what: dict[str, Any], user: User) -> str:
    outcomes = org.records.insert_all(user, [(what["object"], row) for row in what["rows"]])
    return f"{_saved(outcomes)} {what['object']} created."


def _update(org: LocalOrg, what: dict[str, Any], user: User) -> str:
    rows = [(what["object"], record_id, what["set"]) for record_id in _where(org, what)]
    return f"{_saved(org.records.update_all(user, rows))} {what['object']} changed."


def _delete(org: LocalOrg, what: dict[str, Any], user: User) -> str:
    return f"{_saved(org.records.delete_all(user, _where(org, what)))} {what['object']} deleted."


def _undelete(org: LocalOrg, what: dict[str, Any], user: User) -> str:
    outcomes = [org.records.undelete(user, to_18(str(each)) or str(each)) for each in what["ids"]]
    return f"{_saved(outcomes)} taken out of the recycle bin."


def _where(org: LocalOrg, what: dict[str, Any]) -> list[str]:
    soql = f"SELECT Id FROM {what['object']} WHERE {what['where']} ORDER BY Id"  # noqa: S608 - SOQL
    found = [str(row["Id"]) for row in org.queries.run(soql, version="66.0", page=2000)["records"]]
    if not found:
        raise CannotAct(f"There is no {what['object']} where {what['where']}.")
    return found


def _saved(outcomes: list[SaveOutcome]) -> int:
    for outcome in outcomes:
        if not outcome.success:
            raise CannotAct(f"{outcome.errors[0].code}: {outcome.errors[0].message}")
    return len(outcomes)


# People


def _assign(org: LocalOrg, what: dict[str, Any], user: User) -> str:
    holder, permission_set = _assignment(org, what)
    row = {"AssigneeId": holder.id, "PermissionSetId": permission_set}
    _saved([org.records.insert(user, "PermissionSetAssignment", row)])
    return f"{what['permission_set']} was assigned to {holder.name}."


def _unassign(org: LocalOrg, what: dict[str, Any], user: User) -> str:
    holder, permission_set = _assignment(org, what)
    found = org.store.value(
        "SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = ? AND PermissionSetId = ?",
        (holder.id, permission_set),
    )
    if found is None:
        raise CannotAct(f"{holder.name} does not have {what['permission_set']}.")
    _saved([org.records.delete(user, str(found))])
    return f"{what['permission_set']} was taken from {holder.name}."


def _assignment(org: LocalOrg, what: dict[str, Any]) -> tuple[User, str]:
    holder = org.users.by_username(what["user"])
    found = org.store.value("SELECT Id FROM PermissionSet WHERE Name = ?", (what["permission_set"],))
    if holder is None or found is None:
        missing = f"user {what['user']}" if holder is None else f"permission set {what['permission_set']}"
        raise CannotAct(f"There is no {missing}.")
    return holder, str(found)


def _lock(org: LocalOrg, what: dict[str, Any], user: User) -> str:
    rows = frozenset(to_18(str(each)) or str(each) for each in what["ids"])
    org.locks.hold(rows, float(what["seconds"]), user.name)
    return f"{len(rows)} rows are locked."


_ACTS: dict[str, Callable[[LocalOrg, dict[str, Any], User], str]] = {
    "deploy": _deploy,
    "edit": _edit,
    "remove": _remove,
    "flip": _flip,
    "insert": _insert,
    "update": _update,
    "delete": _delete,
    "undelete": _undelete,
    "assign": _assign,
    "unassign": _unassign,
    "lock": _lock,
}
