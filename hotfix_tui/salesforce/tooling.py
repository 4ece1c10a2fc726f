"""Single records of the Tooling API: reading one, changing one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotfix_tui.salesforce.connection import Connection
from hotfix_tui.salesforce.permit import WritePermit
from hotfix_tui.salesforce.replies import Asked, malformed
from hotfix_tui.salesforce.rest import Row, api_name, plain, record_id


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
