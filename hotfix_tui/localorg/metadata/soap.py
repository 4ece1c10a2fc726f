"""The Metadata API over SOAP: `/services/Soap/m/NN.N` with anything behind it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotfix_tui.localorg.metadata import envelope, xml
from hotfix_tui.localorg.metadata.catalogue import describe_metadata, list_metadata
from hotfix_tui.localorg.metadata.checks.permitted import admit
from hotfix_tui.localorg.metadata.crud import Crud
from hotfix_tui.localorg.metadata.envelope import SoapFault, boolean
from hotfix_tui.localorg.metadata.options import options_of
from hotfix_tui.localorg.metadata.retrievals import Retrievals, request_of
from hotfix_tui.localorg.metadata.value_types import describe_value_type
from hotfix_tui.localorg.metadata.versions import number, offered
from hotfix_tui.localorg.users import current_user

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


def routes(org: LocalOrg) -> list[Route]:
    """The routes of the Metadata API of one org; serving them starts its deploy queue."""
    service = MetadataService(org)
    org.deploys.start()
    return [
        Route("/services/Soap/m/{version}", service.endpoint, methods=["POST"]),
        Route("/services/Soap/m/{version}/{rest:path}", service.endpoint, methods=["POST"]),
    ]


@dataclass(frozen=True)
class Call:
    """What an operation is given: its element, who asks, and the API version of the address."""

    body: xml.Element
    user_id: str
    version: float
    header: xml.Element | None = None

    def header_of(self, name: str) -> xml.Element | None:
        """One of the envelope's headers (AllOrNoneHeader); None when it was not sent."""
        return xml.child(self.header, name) if self.header is not None else None


class MetadataService:
    """Answers SOAP calls. The operation is the first element of the body; path and SOAPAction say nothing."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._retrievals = Retrievals(org)
        crud = Crud(org)
        self._operations: dict[str, Callable[[Call], Any]] = {
            "describeMetadata": self._describe,
            "listMetadata": self._list,
            "retrieve": self._retrieve,
            "checkRetrieveStatus": self._check_retrieve,
            "checkStatus": self._check,
            "deploy": self._deploy,
            "checkDeployStatus": self._check_deploy,
            "cancelDeploy": self._cancel,
            "deployRecentValidation": self._quick,
            "createMetadata": lambda call: crud.create(call.body, call.header_of("AllOrNoneHeader"), call.user_id),
            "updateMetadata": lambda call: crud.update(call.body, call.header_of("AllOrNoneHeader"), call.user_id),
            "upsertMetadata": lambda call: crud.upsert(call.body, call.header_of("AllOrNoneHeader"), call.user_id),
            "deleteMetadata": lambda call: crud.delete(call.body, call.header_of("AllOrNoneHeader"), call.user_id),
            "readMetadata": lambda call: crud.read(call.body),
            "renameMetadata": self._rename,
            "describeValueType": lambda call: describe_value_type(call.body),
        }

    async def endpoint(self, request: Request) -> Response:
        """One call."""
        content = await request.body()
        status, body = await run_in_threadpool(self.handle, content, request.path_params["version"])
        return Response(body, status_code=status, media_type="text/xml; charset=utf-8")

    def handle(self, content: bytes, version: str) -> tuple[int, bytes]:
        """The HTTP status and the envelope that answers an envelope."""
        try:
            _check_version(version)
            request = envelope.read(content)
            user = self._org.users.user_by_token(request.token) if request.token else None
            if user is None:
                message = "Invalid Session ID found in SessionHeader: Illegal Session"
                raise SoapFault("INVALID_SESSION_ID", message)
            current_user.set(user.id)
            admit(self._org, user.id)
            operation = self._operations.get(request.operation)
            if operation is None:
                raise SoapFault(
                    "soapenv:Client", f"No operation available for request {{{xml.NAMESPACE}}}{request.operation}"
                )
            answer = operation(Call(request.body, user.id, number(version), request.header))
            return 200, envelope.answer(request.operation, answer)
        except SoapFault as problem:
            return 500, envelope.fault(problem)

    # Reading

    def _describe(self, call: Call) -> dict[str, Any]:
        return describe_metadata(self._org, _as_of(call))

    def _list(self, call: Call) -> list[dict[str, Any]]:
        return list_metadata(self._org, call.body, _as_of(call))

    def _retrieve(self, call: Call) -> dict[str, Any]:
        return _async_result(self._retrievals.start(request_of(call.body)), done=False, state="Queued")

    def _check_retrieve(self, call: Call) -> dict[str, Any]:
        result, content = self._retrievals.result(_id_in(call.body))
        with_zip = boolean(call.body, "includeZip", default=True)
        return {**result, "zipFile": base64.b64encode(content).decode() if with_zip else ""}

    def _check(self, call: Call) -> list[dict[str, Any]]:
        """checkStatus: gone from the WSDL, still asked for by CumulusCI."""
        job_id = _id_in(call.body)
        job = self._org.deploys.job(job_id) if job_id.startswith("0Af") else None
        if job is not None:
            return [_async_result(job.id, done=job.done, state="Completed" if job.done else "InProgress")]
        return [_async_result(self._retrievals.known(job_id), done=True, state="Completed")]

    def _rename(self, call: Call) -> dict[str, Any]:
        """renameMetadata: what names a component elsewhere would have to follow, which this org does not do."""
        name, kind = xml.text(call.body, "oldFullName"), xml.text(call.body, "type")
        problem = {
            "fields": [],
            "message": f"{kind} cannot be renamed in this org",
            "statusCode": "FUNCTIONALITY_NOT_ENABLED",
        }
        return {"errors": [problem], "fullName": name, "success": False}

    # Deploying

    def _deploy(self, call: Call) -> dict[str, Any]:
        text = xml.text(call.body, "ZipFile")
        try:
            content = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            raise SoapFault("INVALID_TYPE", "ZipFile is not base64") from None
        job = self._org.deploys.enqueue(content, options_of(xml.child(call.body, "DeployOptions")), call.user_id)
        return _async_result(job.id, done=False, state="Queued")

    def _check_deploy(self, call: Call) -> dict[str, Any]:
        deploy_id = _id_in(call.body)
        job = self._org.deploys.job(deploy_id)
        if job is None:
            raise SoapFault("INVALID_CROSS_REFERENCE_KEY", f"no deployment with id {deploy_id}")
        return job.soap(details=boolean(call.body, "includeDetails"))

    def _cancel(self, call: Call) -> dict[str, Any]:
        job = self._org.deploys.cancel(_id_in(call.body), call.user_id, version=call.version)
        return {"done": job.done, "id": job.id}

    def _quick(self, call: Call) -> str:
        return self._org.deploys.quick_deploy(_id_in(call.body), call.user_id).id


def _as_of(call: Call) -> float:
    """The version a description or list is asked for: the call's asOfVersion, else the address's."""
    return number(xml.text(call.body, "asOfVersion"), call.version)


def _id_in(body: xml.Element) -> str:
    """The id a call is about: clients name its element asyncProcessId, validationId, String or id."""
    for tag in ("asyncProcessId", "validationId", "String", "id"):
        found = xml.text(body, tag)
        if found:
            return found
    raise SoapFault("INVALID_ID_FIELD", "The call names no id")


def _async_result(job_id: str, *, done: bool, state: str) -> dict[str, Any]:
    return {"done": done, "id": job_id, "state": state}


def _check_version(version: str) -> None:
    if not offered(version):
        raise SoapFault("UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {version}")
