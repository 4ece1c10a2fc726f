"""An org made by an earlier version, whose profiles have no columns for most user permissions."""

from __future__ import annotations

from pathlib import Path

from hotfix_tui.localorg.org import LocalOrg


def test_its_users_keep_what_their_standard_profiles_stand_for(tmp_path: Path) -> None:
    made = LocalOrg.create(tmp_path / "org", name="old")
    ada = made.users.add_user("ada@old.example", "Ada A")
    sam = made.users.add_user("sam@old.example", "Sam S", "Standard User")
    for table in ("PermissionSet", "Profile"):
        made.store.execute(f"UPDATE {table} SET PermissionsApiEnabled = NULL, PermissionsViewSetup = NULL")
    made.store.execute("DELETE FROM ObjectPermissions")
    assert not made.people.rights(ada).has("ApiEnabled")
    made.close()
    opened = LocalOrg.open(tmp_path / "org")
    assert opened.people.rights(ada).has("ApiEnabled")
    assert opened.people.rights(sam).has("ViewSetup")
    assert not opened.people.rights(sam).has("ModifyAllData")
    assert opened.people.rights(sam).on(opened.schema.require("Account"))
    opened.close()
