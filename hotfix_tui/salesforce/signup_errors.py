"""Why a Dev Hub made no scratch org, as a sentence for the code in ScratchOrgInfo.ErrorCode.

Sources: Salesforce DX Developer Guide, "Scratch Org Error Codes"; Object Reference, SignupRequest.
"""

from __future__ import annotations

_SUPPORT = "Only Salesforce Support can tell more"
_SHAPE = "its org shape"
_CODES = {
    "C-1007": "the user name is taken: leave it out of the definition, or choose another",
    "C-1015": f"its My Domain could not be set up. {_SUPPORT}",
    "C-1016": "its connected app could not be set up: look at the app's consumer key, callback URL and certificate",
    "C-1018": "its My Domain name is not a valid one",
    "C-1019": "its My Domain name is in use: choose another",
    "C-1020": "the template is not there, or was deleted",
    "C-1033": "the template is of another release",
    "C-1034": f"the org could not be made. {_SUPPORT}",
    "C-9998": f"this is not a valid scratch org. {_SUPPORT}",
    "C-9999": f"a general error. {_SUPPORT}",
    "S-1006": "the administrator's e-mail address is not a valid one",
    "S-1017": "the namespace is not linked to this Dev Hub",
    "S-2006": "the country is not a valid one: two letters, such as US",
    "SH-0001": f"{_SHAPE} does not let this Dev Hub in: the admin of the source org adds it under Org Shape in Setup",
    "SH-0002": f"the source org has no org shape: make {_SHAPE} first",
    "SH-0003": f"{_SHAPE} is of an older release: make it again",
    "SH-9999": f"{_SHAPE} could not be checked. {_SUPPORT}",
    "SN-0001": "the snapshot has expired: make it again",
    "SN-0002": "the snapshot belongs to another Dev Hub",
}


def why(code: str) -> str:
    """A sentence's end for an error code, the code in brackets; what an unknown one is called when there is none."""
    if not code:
        return "the org gives no reason"
    return f"{_CODES.get(code, 'the org gives no other reason')} ({code})"
