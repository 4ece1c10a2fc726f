"""simple-salesforce and plain HTTP: it builds each address with https, and zeep has a session of its own."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

from tests.localorg.own_org import Api


class Loopback(HTTPAdapter):
    """Sends what is meant for https to http."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = "http" + (request.url or "").removeprefix("https")
        return super().send(request, *args, **kwargs)


def client(api: Api, token: str = "", version: str = "63.0") -> Salesforce:
    """The client, logged in with a token (default: the org's administrator)."""
    session = requests.Session()
    session.mount(api.url.replace("http:", "https:"), Loopback())
    made = Salesforce(session_id=token or api.token, instance_url=api.url, session=session, version=version)
    made.metadata_url = f"{api.url}/services/Soap/m/{version}/"
    return made
