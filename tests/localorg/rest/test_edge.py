"""What every request passes: versions, sizes, packed bodies; over HTTP."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
import requests

from hotfix_tui.localorg.rest.packing import MAX_UNPACKED
from tests.localorg.own_org import Api


def _get(api: Api, path: str, **headers: str) -> requests.Response:
    return requests.get(api.url + path, headers={"Authorization": f"Bearer {api.token}", **headers}, timeout=10)


@pytest.mark.parametrize("version", ["20.0", "29", "30.0"])
def test_a_retired_version_is_gone(shared: Api, version: str) -> None:
    answer = _get(shared, f"/services/data/v{version}/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (410, "GONE")


def test_an_address_and_headers_have_a_limit_together(shared: Api) -> None:
    path = "/services/data/v66.0/query?q=SELECT+Id+FROM+Account+WHERE+Name+=+'{}'"
    assert _get(shared, path.format("x" * 15_000)).status_code == 200
    assert _get(shared, path.format("x" * 16_400)).status_code == 414
    over = _get(shared, path.format("x" * 15_000), X_Long="y" * 1_400)
    assert (over.status_code, over.json()[0]["errorCode"]) == (431, "REQUEST_HEADER_FIELDS_TOO_LARGE")
    assert _get(shared, "/services/data/v66.0/limits", X_Long="y" * 17_000).status_code == 431


def test_answers_are_packed_for_those_who_take_it(shared: Api) -> None:
    path = "/services/data/v66.0/sobjects/Account/describe"
    plain, packed = (_get(shared, path, **{"Accept-Encoding": each}) for each in ("identity", "gzip"))
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 4
    pretty = _get(shared, path, **{"Accept-Encoding": "gzip", "X-PrettyPrint": "1"})
    assert pretty.json() == plain.json() and '  "name" : "Account"' in pretty.text


def _post(api: Api, content: bytes, path: str = "/services/data/v66.0/sobjects/Shelf__c") -> requests.Response:
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json", "Content-Encoding": "gzip"}
    return requests.post(api.url + path, data=content, headers=headers, timeout=10)


def test_packed_requests_are_unpacked(api: Api) -> None:
    assert _post(api, gzip.compress(json.dumps({"Name": "A"}).encode())).status_code == 201
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><SessionHeader><sessionId>'
        f"{api.token}</sessionId></SessionHeader></e:Header><e:Body><getServerTimestamp/></e:Body></e:Envelope>"
    )
    assert "timestamp" in _post(api, gzip.compress(envelope.encode()), "/services/Soap/u/66.0").text
    assert [row["Name"] for row in api.query("SELECT Name FROM Shelf__c")] == ["A"]


def test_what_is_no_gzip_or_too_much_of_it_is_refused(api: Api) -> None:
    whole = gzip.compress(b'{"Name": "A"}')
    for content in (b'{"Name": "A"}', whole[:-9], b""):
        assert _post(api, content).status_code == 400, content
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"0" * 1_048_576) for _ in range(MAX_UNPACKED // 1_048_576 + 1)) + packer.flush()
    assert len(bomb) < 200_000
    assert _post(api, bomb).status_code == 413
    assert api.query("SELECT Id FROM Shelf__c") == []
