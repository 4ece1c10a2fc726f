"""The same orgs over HTTPS: whom a client must trust, what stays over restarts, which port answers name."""

from __future__ import annotations

import json
import ssl
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.certificates import certificates
from tests.localorg.small import SMALL, run, start, write
from tests.localorg.wire import Wire


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "small", SMALL)


@pytest.fixture(autouse=True)
def stopped_at_the_end() -> Iterator[None]:
    yield
    process.stop()


def _get(url: str, token: str, trusted: ssl.SSLContext) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted))
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with opener.open(request, timeout=10) as answer:
        return json.loads(answer.read())


def test_an_org_is_the_same_over_https_for_who_trusts_the_authority(small: Path) -> None:
    found = start(small)
    trusted = ssl.create_default_context(cafile=found["ca"])
    for alias in ("one", "two"):
        org = found["orgs"][alias]
        Wire(org).rest("POST", "/sobjects/Account", {"Name": f"Written to {alias}"})
        query = "/services/data/v60.0/query?q=SELECT+Name+FROM+Account+ORDER+BY+CreatedDate+DESC+LIMIT+1"
        for host in ("127.0.0.1", "localhost"):
            url = org["https_url"].replace("127.0.0.1", host)
            (row,) = _get(url + query, org["access_token"], trusted)["records"]
            assert row["Name"] == f"Written to {alias}"
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        _get(org["https_url"] + query, org["access_token"], ssl.create_default_context())


def test_absolute_addresses_in_answers_are_of_the_port_that_was_asked(small: Path) -> None:
    found = start(small)
    org, trusted = found["orgs"]["one"], ssl.create_default_context(cafile=found["ca"])
    for url in (org["instance_url"], org["https_url"]):
        info = _get(f"{url}/services/oauth2/userinfo", org["access_token"], trusted)
        assert info["sub"].startswith(f"{url}/id/{org['org_id']}/")
        assert all(address.startswith(f"{url}/") for address in info["urls"].values())
        identity = _get(info["sub"], org["access_token"], trusted)
        assert identity["id"] == info["sub"]
        assert identity["urls"] == info["urls"]


def test_requests_over_both_ports_are_in_one_log_and_meet_the_same_faults(small: Path) -> None:
    found = start(small)
    org, trusted = found["orgs"]["one"], ssl.create_default_context(cafile=found["ca"])
    process.control("POST", "/faults", {"org": "one", "mode": "drop_after", "path": "limits"})
    with pytest.raises(OSError):
        _get(f"{org['https_url']}/services/data/v60.0/limits", org["access_token"], trusted)
    _get(f"{org['instance_url']}/services/data/v60.0/limits", org["access_token"], trusted)
    log = process.control("GET", "/orgs/one/requests")["log"]
    assert [(entry["path"], entry["fault"]) for entry in log] == [
        ("/services/data/v60.0/limits", "drop_after"),
        ("/services/data/v60.0/limits", ""),
    ]


def test_authority_and_ports_stay_over_restarts_and_fresh_orgs(small: Path) -> None:
    first = start(small)
    authority = Path(first["ca"]).read_bytes()
    for fresh in (False, True):
        process.stop()
        again = start(small, fresh=fresh)
        assert Path(again["ca"]).read_bytes() == authority
        if not fresh:
            assert again["orgs"] == first["orgs"]


def test_start_and_status_print_the_addresses_and_the_authority(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("start", "--scenario", str(small)) == 0
    printed = capsys.readouterr()
    found = process.running()
    assert found is not None
    assert found["orgs"]["two"]["https_url"] in printed.out and found["ca"] in printed.err
    assert run("status") == 0
    printed = capsys.readouterr()
    assert found["orgs"]["two"]["https_url"] in printed.out and found["ca"] in printed.out
    assert run("status", "--json") == 0
    status = json.loads(capsys.readouterr().out)
    assert status["ca"] == found["ca"]
    assert status["orgs"]["one"]["https_url"] == found["orgs"]["one"]["https_url"]


def test_the_files_are_their_owners_alone_and_hold_no_key_of_the_authority(tmp_path: Path) -> None:
    kept = certificates(tmp_path / "tls")
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700
    assert sorted(path.name for path in (tmp_path / "tls").iterdir()) == ["ca.pem", "server.pem"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (kept.ca, kept.server)} == {0o600}
    assert b"PRIVATE KEY" not in kept.ca.read_bytes()
    assert kept.server.read_bytes().count(b"BEGIN") == 2, "the server's own key and certificate"


@pytest.mark.parametrize("spoilt", ["missing", "half", "empty", "of another authority"])
def test_certificates_that_cannot_be_used_are_made_anew(tmp_path: Path, spoilt: str) -> None:
    kept = certificates(tmp_path / "tls")
    before = kept.ca.read_bytes()
    if spoilt == "missing":
        kept.server.unlink()
    elif spoilt == "half":
        kept.server.write_bytes(kept.server.read_bytes()[:400])
    elif spoilt == "empty":
        kept.ca.write_bytes(b"")
    else:
        kept.ca.write_bytes(certificates(tmp_path / "other").ca.read_bytes())
    again = certificates(tmp_path / "tls")
    assert again.ca.read_bytes() != before
    made = {path: path.read_bytes() for path in (again.ca, again.server)}
    assert certificates(tmp_path / "tls") == again
    assert {path: path.read_bytes() for path in made} == made, "these are kept"
