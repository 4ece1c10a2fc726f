"""Tables of the org's file that rights are kept in beside the queryable ones, and the stamp that changes with any."""

from __future__ import annotations

from hotfix_tui.localorg.store import Store

# Every table whose rows decide about somebody's rights.
TABLES = (
    "User",
    "Profile",
    "PermissionSet",
    "PermissionSetAssignment",
    "PermissionSetGroupComponent",
    "ObjectPermissions",
    "FieldPermissions",
    "SetupEntityAccess",
    "CustomPermission",
    "GroupMember",
    "_profile_field",
    "_secured_field",
)
_OWN = """
CREATE TABLE IF NOT EXISTS _people (stamp TEXT NOT NULL)
CREATE TABLE IF NOT EXISTS _secured_field (name TEXT PRIMARY KEY)
CREATE TABLE IF NOT EXISTS _profile_field (
    ParentId TEXT, Field TEXT COLLATE NOCASE, PermissionsRead INTEGER, PermissionsEdit INTEGER,
    PRIMARY KEY (ParentId, Field))
CREATE TABLE IF NOT EXISTS _applied_access (component_id TEXT PRIMARY KEY, digest TEXT NOT NULL)
"""
_TRIGGER = (
    'CREATE TRIGGER IF NOT EXISTS "_rights {table} {event}" AFTER {event} ON "{table}"'
    " BEGIN UPDATE _people SET stamp = hex(randomblob(8)); END"
)


def prepare(store: Store) -> None:
    """Makes the tables, and triggers that give the stamp a value of its own with every change of rights.

    A stamp never comes back: what was worked out in a transaction that is undone is not taken for later rights.
    """
    with store.transaction():
        for statement in _OWN.strip().split("\nCREATE"):
            store.execute(statement if statement.startswith("CREATE") else f"CREATE{statement}")
        if store.value("SELECT 1 FROM _people") is None:
            store.execute("INSERT INTO _people VALUES (hex(randomblob(8)))")
        # Grants are looked up one by one: a profile of a large org has thousands.
        store.index("FieldPermissions", "ParentId", "Field")
        store.index("ObjectPermissions", "ParentId", "SobjectType")
        for table in TABLES:
            for event in ("INSERT", "UPDATE", "DELETE"):
                store.execute(_TRIGGER.format(table=table, event=event))
