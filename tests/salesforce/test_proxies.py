"""Behind a company's proxy: every kind of call goes through it, and what it refuses is said without its password."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.salesforce.errors import OrgUnreachable, ReplyLost, SalesforceError
from hotfix_tui.salesforce.login import OrgLogin
from hotfix_tui.salesforce.logins import oauth
from hotfix_tui.salesforce.org import Org
from hotfix_tui.salesforce.proxies import proxy_of
from hotfix_tui.salesforce.timing import Timing
from tests.clients.library import write_library
from tests.clients.running import Orgs, running
from tests.salesforce.proxy import NAME, Proxy, proxied

PASSWORD = "planted-proxy-password"
HOSTS = {f"{NAME}:443"}


@pytest.fixture(scope="module")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    folder = tmp_path_factory.mktemp("proxied")
    with running(folder / "orgs", write_library(folder / "library"), dev="developer") as made:
        yield made


@pytest.fixture
def proxy(orgs: Orgs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    with proxied(str(orgs["dev"]["https_url"]), str(orgs.registry["ca"]), tmp_path) as made:
        for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", made.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.ca))
        yield made


@pytest.fixture
def login(orgs: Orgs) -> OrgLogin:
    entry = orgs["dev"]
    return OrgLogin("dev", entry["org_id"], f"https://{NAME}", entry["username"], entry["access_token"])


QUICK = Timing(connect=5.0, backoff=(0.0,), poll_first=0.01)


async def test_rows_metadata_and_bulk_jobs_go_through_it(proxy: Proxy, login: OrgLogin) -> None:
    async with await Org.connect(login, timing=QUICK) as org:
        assert await org.query("SELECT Id FROM Organization")
        listed = await org.list_metadata(["CustomObject"])
        assert (await org.retrieve({"CustomObject": [listed[0].full_name]})).zip
        job = await org.bulk_create("Account", "insert")
        await org.bulk_upload(job, b"Name\nBehind a proxy\n")
        job = await org.bulk_start(job)
        while not job.ended:
            await asyncio.sleep(0.02)
            job = await org.bulk_job(job.id)
        assert len(await org.bulk_outcome(job, "successfulResults", ["Name"])) == 1
    assert set(proxy.asked) == HOSTS


async def test_a_token_is_asked_for_through_it(proxy: Proxy, orgs: Orgs) -> None:
    orgs.control("POST", "/orgs/dev/apps", {"client_id": "3MVG9Run", "secret": "s", "run_as": orgs["dev"]["username"]})
    tokens = await oauth_client_credentials(f"https://{NAME}")
    assert tokens.access_token
    assert set(proxy.asked) == HOSTS


async def oauth_client_credentials(url: str) -> oauth.Tokens:
    return await asyncio.to_thread(oauth.by_credentials, url, oauth.App("3MVG9Run", "s"))


async def test_its_password_is_sent_to_it_and_said_to_nobody(
    proxy: Proxy, login: OrgLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.password = f"ines:{PASSWORD}"
    with pytest.raises(OrgUnreachable, match="asks for a user name and password") as refused:
        await Org.connect(login, timing=QUICK)
    assert f"127.0.0.1:{proxy.port}" in str(refused.value)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    async with await Org.connect(login, timing=QUICK):
        assert set(proxy.asked) == HOSTS
    proxy.password = "ines:another"
    with pytest.raises(OrgUnreachable) as wrong:
        await Org.connect(login, timing=QUICK)
    assert PASSWORD not in f"{wrong.value!r} {wrong.value} {wrong.value.next} {wrong.value.__cause__!r}"


@pytest.mark.parametrize(("status", "words"), [("403 Forbidden", "does not let the call through (403)")])
async def test_what_it_refuses_is_said_to_be_the_proxys_doing(
    proxy: Proxy, login: OrgLogin, status: str, words: str
) -> None:
    proxy.refuses = status
    with pytest.raises(OrgUnreachable) as refused:
        await Org.connect(login, timing=QUICK)
    assert f"the proxy 127.0.0.1:{proxy.port} {words}" in str(refused.value)
    assert "HTTPS_PROXY" in refused.value.next


async def test_one_that_is_not_there_is_not_taken_for_an_org_that_is_down(
    proxy: Proxy, login: OrgLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://ines:{PASSWORD}@127.0.0.1:1")
    with pytest.raises(OrgUnreachable, match=r"the proxy 127\.0\.0\.1:1 cannot be reached") as gone:
        await Org.connect(login, timing=QUICK)
    assert PASSWORD not in str(gone.value)
    with pytest.raises(SalesforceError, match=r"the proxy 127\.0\.0\.1:1 cannot be reached"):
        await oauth_client_credentials(f"https://{NAME}")
    assert proxy.asked == []


async def test_one_that_breaks_off_leaves_a_write_in_doubt(proxy: Proxy, login: OrgLogin) -> None:
    async with await Org.connect(login, timing=QUICK) as org:
        proxy.breaks = True
        with pytest.raises(ReplyLost) as lost:
            await org.query("SELECT Id FROM User LIMIT 2")
        assert "was lost" in str(lost.value)


async def test_what_no_proxy_names_does_not_go_through_it(
    proxy: Proxy, login: OrgLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", ".salesforce.invalid")
    with pytest.raises(OrgUnreachable, match="is not known"):
        await Org.connect(login, timing=QUICK)
    assert proxy.asked == []


def test_an_org_of_this_machine_never_goes_through_it(
    proxy: Proxy, orgs: Orgs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    ran = subprocess.run(
        [sys.executable, "-m", "hotfix_tui", "orgs", "--json"], capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode in (0, 1)
    assert proxy.asked == []


def test_only_host_and_port_of_a_proxy_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for given, named in (
        (f"http://ines:{PASSWORD}@gate.example:3128", "gate.example:3128"),
        (f"ines:{PASSWORD}@gate.example:3128", "gate.example:3128"),
        ("gate.example", "gate.example"),
        (f"http://ines:{PASSWORD}@gate.example:port", ""),
    ):
        monkeypatch.setenv("HTTPS_PROXY", given)
        assert proxy_of("https://login.salesforce.com") == named
