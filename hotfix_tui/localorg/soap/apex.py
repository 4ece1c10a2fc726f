"""The Apex API: executeAnonymous is answered as if the code had compiled and run. Nothing runs in a local org."""

from __future__ import annotations

from hotfix_tui.localorg.apex.anonymous import execute_anonymous as answered
from hotfix_tui.localorg.soap.envelope import Call, Fault, markup, tag


def execute_anonymous(call: Call, version: str) -> tuple[list[str], str]:
    """The result element, and the block of the header that has the debug log where one was asked for.

    The log holds the code and nothing that would say it had run. Raises Fault without code.
    """
    code = next((text for name in ("String", "apexcode") for text in call.texts(name)), "")
    if not code:
        raise Fault("soapenv:Client", "Element String is missing in executeAnonymous")
    values = sorted(answered(code).items())
    result = tag("result", markup(*(tag(name, value) for name, value in values)))
    header = ""
    if "DebuggingHeader" in call.header:
        lines = [f"{version} APEX_CODE,DEBUG", *(f"Execute Anonymous: {line}" for line in code.splitlines())]
        header = tag("DebuggingInfo", markup(tag("debugLog", "\n".join(lines) + "\n")))
    return [result], header
