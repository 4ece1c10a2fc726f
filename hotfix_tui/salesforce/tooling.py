"""Single records of the Tooling API: reading, creating, changing, deleting one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotfix_tui.salesforce.connection import Connection
from hotfix_tui.salesforce.permit import WritePermit
from hotfix_tui.salesforce.replies import Asked, malformed
from hotfix_tui.salesforce.rest import Row, api_name, parsed, plain, record_id


def _path(type_name: str, item: str) -> str:
    return f"tooling/sobjects/{api_name(type_name)}/{record_id(item)}"


async def record(connection: Connection, type_name: str, item: str) -> Row:
    """One Tooling record, `Metadata` and `FullName` included. Raises NotFound."""
    path = _path(type_name, item)
    what = f"{type_name} {item}"
    row = plain(await connection.read(lambda wire: wire.rest(what, path)), [])
    if not isinstance(row, dict):
        raise malformed(Asked(connection.login.alias, what), "it is not a record")
    return row


async def update(
    connection: Connection, type_name: str, item: str, body: Mapping[str, Any], permit: WritePermit | None
) -> None:
    """Changes one Tooling record (PATCH). `Metadata` must be whole: what it leaves out is cleared."""
    path = _path(type_name, item)
    what = f"update of {type_name} {item}"
    await connection.write(lambda wire: wire.rest(what, path, method="PATCH", body=body), permit=permit, call=what)


async def create(connection: Connection, type_name: str, body: Mapping[str, Any], permit: WritePermit | None) -> str:
    """Creates one Tooling record (POST); its id."""
    path, what = f"tooling/sobjects/{api_name(type_name)}", f"creation of {type_name}"
    answer = await connection.write(
        lambda wire: wire.rest(what, path, method="POST", body=body), permit=permit, call=what
    )
    return parsed(connection, what, lambda: record_id(str(answer["id"])))


async def delete(connection: Connection, type_name: str, item: str, permit: WritePermit | None) -> None:
    """Deletes one Tooling record."""
    path, what = _path(type_name, item), f"deletion of {type_name} {item}"
    await connection.write(lambda wire: wire.rest(what, path, method="DELETE"), permit=permit, call=what)


async def authorize_sandbox(connection: Connection, body: Mapping[str, Any]) -> Row:
    """`sandboxAuth`: a code of our user in a sandbox of this org. It changes nothing in the org."""
    what = "sandboxAuth"
    answer = await connection.read(lambda wire: wire.rest(what, "tooling/sandboxAuth", method="POST", body=body))
    names = ("authUserName", "authCode", "loginUrl")
    return parsed(connection, what, lambda: {name: str(answer[name]) for name in names})
