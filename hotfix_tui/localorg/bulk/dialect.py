"""Bulk API 1.0 in the dialect a client speaks: XML, or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.bulk.job import Job, JobRefused
from hotfix_tui.localorg.bulk.records_xml import NAMESPACE, BadXml, local_name, parse, text_xml
from hotfix_tui.localorg.rest.bodies import Answer

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def speaks_json(request: Request, job: Job | None = None) -> bool:
    """Whether a client is answered in JSON: as its headers say, or else as the job's own content is."""
    said = f"{request.headers.get('content-type', '')} {request.headers.get('accept', '')}".lower()
    if "json" in said:
        return True
    return "xml" not in said and job is not None and job.content_type == "JSON"


def answer(json_wanted: bool, name: str, info: Any, status: int = 200) -> Response:
    """An answer: a named object (jobInfo, batchInfo …), or a list of them in an object of one name."""
    if json_wanted:
        return Answer(info, status)
    body = f"{_HEAD}<{name}\n   xmlns={_quoted(NAMESPACE)}>{_inner(info)}\n</{name}>"
    return Response(body.encode(), status, media_type="application/xml")


def refusal(json_wanted: bool, problem: JobRefused, status: int = 400) -> Response:
    """An error: exceptionCode and exceptionMessage."""
    info = {"exceptionCode": problem.code, "exceptionMessage": problem.message}
    return answer(json_wanted, "error", info, status)


def _inner(info: Mapping[str, Any], indent: str = "\n ") -> str:
    out = ""
    for name, value in info.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Mapping):
                out += f"{indent}<{name}>{_inner(each, indent + ' ')}{indent}</{name}>"
            else:
                out += f"{indent}<{name}>{text_xml(_text(name, each))}</{name}>"
    return out


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # XML has instants as XML Schema writes them.
    return str(value).replace("+0000", "Z") if name in ("createdDate", "systemModstamp") else str(value)


def _quoted(text: str) -> str:
    return f'"{escape(text)}"'


def fields_in(request: Request, body: bytes, known: Sequence[str]) -> dict[str, str]:
    """The fields of a jobInfo that a client sends. Raises JobRefused for what is malformed or not a client's to say."""
    found = _json_fields(body) if speaks_json(request) else _xml_fields(body)
    for name in found:
        if name not in known:
            raise JobRefused("InvalidJob", f"{name[:1].upper()}{name[1:]} cannot be specified")
    return found


def _json_fields(body: bytes) -> dict[str, str]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise JobRefused("InvalidJob", f"Unable to parse Job: {error}") from None
    if not isinstance(found, dict):
        raise JobRefused("InvalidJob", "Unable to parse Job")
    return {name: str(value) for name, value in found.items() if value is not None}


def _xml_fields(body: bytes) -> dict[str, str]:
    try:
        root = parse(body)
    except BadXml as error:
        raise JobRefused("InvalidXML", f"Unable to parse Job: {error}") from None
    if local_name(root) != "jobInfo":
        raise JobRefused("InvalidJob", "Unable to parse Job")
    return {local_name(each): (each.text or "").strip() for each in root if local_name(each)}
