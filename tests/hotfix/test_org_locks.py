"""Two hotfixes in one org: what one has off, another must not take for how the org was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui import paths
from hotfix_tui.events import Settled
from hotfix_tui.events.seed import AutomationSwitchOff
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.org_locks import org_lock
from hotfix_tui.journal import Journal


@dataclass
class Sandbox:
    """What a lock needs to know of an org."""

    alias: str = "box"
    org_id: str = "00D000000000001AAA"


def switched_off(hotfix: str, org: Sandbox) -> None:
    with Journal.create(paths.hotfixes() / f"{hotfix}.sqlite", hotfix) as journal:
        before = {"id": "03d"}
        fields: dict[str, Any] = {"kind": "ValidationRule", "name": "A__c.Rule", "object": "A__c", "before": before}
        journal.append(AutomationSwitchOff(key="off", org=org.alias, org_id=org.org_id, **fields), "seed")


def test_while_one_is_at_work_another_is_refused_and_told_which_one_it_is(own_home: Path) -> None:
    org: Any = Sandbox()
    with org_lock(org, "HF-1"), org_lock(org, "HF-1"):
        with pytest.raises(StepRefused, match="HF-1 is at work in box"), org_lock(org, "HF-2"):
            pass
        with org_lock(Sandbox(org_id="00D000000000002AAA"), "HF-2"):  # type: ignore[arg-type]
            pass
    with org_lock(org, "HF-2"):
        pass


def test_what_another_has_left_off_must_come_back_first(own_home: Path) -> None:
    org: Any = Sandbox()
    switched_off("HF-1", org)
    with pytest.raises(StepRefused, match=r"HF-1 has left A__c\.Rule in box") as refused, org_lock(org, "HF-2"):
        pass
    assert refused.value.next == "hotfix-tui restore HF-1"
    with org_lock(org, "HF-1"), org_lock(org, "HF-1", restoring=True):
        pass
    with org_lock(org, "HF-2", restoring=True):
        pass
    with Journal.open(paths.hotfixes() / "HF-1.sqlite") as journal:
        journal.append(Settled(key="off", result="undone"), "restore")
    with org_lock(org, "HF-2"):
        pass
