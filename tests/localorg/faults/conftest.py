"""The library over HTTP, with its faults."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from hotfix_tui.localorg.faults import faults_from
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.rest.server import serve
from hotfix_tui.localorg.traffic import Traffic
from tests.localorg.own_org import Api, bare_org, org, user

__all__ = ["bare_org", "org", "user"]

_EMPTY_ZIP = base64.b64encode(b"PK\x05\x06" + bytes(18)).decode()
EMPTY_DEPLOY = f"<ZipFile>{_EMPTY_ZIP}</ZipFile><DeployOptions><rollbackOnError>true</rollbackOnError></DeployOptions>"
_METADATA = "http://soap.sforce.com/2006/04/metadata"


class Faulty(Api):
    """The org over HTTP, and what is to go wrong with it."""

    def fault(self, mode: str, **more: Any) -> None:
        """One more fault, as the control endpoint takes it."""
        self.org.faults.extend(faults_from({"org": "library", "mode": mode, **more}))

    def soap(self, operation: str, inner: str = "", kind: str = "m") -> requests.Response:
        """One SOAP call, of the Metadata API unless `kind` is another letter."""
        envelope = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>'
            f'<SessionHeader xmlns="{_METADATA}"><sessionId>{self.token}</sessionId></SessionHeader></e:Header>'
            f'<e:Body><{operation} xmlns="{_METADATA}">{inner}</{operation}></e:Body></e:Envelope>'
        )
        headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
        return requests.post(f"{self.url}/services/Soap/{kind}/66.0", envelope.encode(), headers=headers, timeout=10)

    def accounts(self) -> list[str]:
        """The names of the accounts."""
        return [row["Name"] for row in self.query("SELECT Name FROM Account ORDER BY Name")]

    def account(self, name: str) -> requests.Response:
        """Creates one."""
        return self.call("POST", "/sobjects/Account", {"Name": name})


def fault_of(answer: requests.Response) -> tuple[int, str, str]:
    """Status, code and words of a SOAP fault."""
    code, words = (re.search(f"<{tag}>(.*?)</{tag}>", answer.text) for tag in ("faultcode", "faultstring"))
    assert code and words, answer.text
    return answer.status_code, code[1], words[1]


@pytest.fixture
def api(org: LocalOrg, user: str) -> Iterator[Faulty]:
    """The library served over HTTP with faults."""
    with serve(org, lambda application: Traffic(application, org)) as url:
        yield Faulty(url, org.users.token_for(user), org)
