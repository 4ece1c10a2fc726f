"""What can be made to go wrong with an org: with its answers, its rows, its deployments, and as a whole."""

from hotfix_tui.localorg.faults.calls import KINDS, Call, call_of
from hotfix_tui.localorg.faults.conditions import Conditions
from hotfix_tui.localorg.faults.fault import MODES, Fault, FaultList, faults_from, read_faults

__all__ = ["KINDS", "MODES", "Call", "Conditions", "Fault", "FaultList", "call_of", "faults_from", "read_faults"]
