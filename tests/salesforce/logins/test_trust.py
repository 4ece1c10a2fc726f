"""Whose certificates are believed: the system's authorities, and those of a file that is named. Nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.salesforce.logins.conftest import Desk

pytestmark = pytest.mark.slow


def log_in(desk: Desk, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Logs in over HTTPS in a process of its own: what is trusted is settled when it starts."""
    clean = {name: value for name, value in os.environ.items() if name not in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")}
    words = ("orgs", "login", "token", "one", "--url", desk.url("dev"))
    return subprocess.run(
        [sys.executable, "-m", "hotfix_tui", *options, *words],
        env={**clean, "HOTFIX_ACCESS_TOKEN": str(desk.orgs["dev"]["access_token"]), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_authority_that_nobody_named_is_not_believed(desk: Desk) -> None:
    ran = log_in(desk)
    assert ran.returncode == 3
    assert "certificate" in ran.stderr.lower() or "SSL" in ran.stderr


def test_the_system_s_authorities_and_a_named_file_are(desk: Desk, tmp_path: Path) -> None:
    ca = str(desk.orgs.registry["ca"])
    assert log_in(desk, SSL_CERT_FILE=ca).returncode == 0
    assert log_in(desk, "--ca", ca).returncode == 0
    wrong = log_in(desk, "--ca", str(tmp_path / "none.pem"))
    assert (wrong.returncode, "is not a file" in wrong.stderr) == (2, True)
