"""The certificate that local orgs show over HTTPS, and the authority that clients are told to trust for it."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

from hotfix_tui.localorg.registry import private

NAMES = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Certificates:
    """Two PEM files (0600): `ca` is what clients trust, `server` the orgs' certificate with its private key."""

    ca: Path
    server: Path


def certificates(folder: Path) -> Certificates:
    """The certificates kept in `folder`, made when they are not there or cannot be used together.

    The authority's own key is never written: what a person trusts for local orgs can sign nothing else afterwards.
    The files stay over restarts and `--fresh`, so trusting them once is enough.
    """
    kept = Certificates(private(folder) / "ca.pem", folder / "server.pem")
    if not _usable(kept):
        authority = trustme.CA(organization_name="hotfix-tui local orgs")
        shown = authority.issue_cert(*NAMES, organization_name="hotfix-tui local orgs")
        chain = b"".join(blob.bytes() for blob in shown.cert_chain_pems)
        _write(kept.server, shown.private_key_pem.bytes() + chain)
        _write(kept.ca, authority.cert_pem.bytes())
    return kept


def _usable(kept: Certificates) -> bool:
    """Whether a client that trusts `ca` accepts `server` for loopback: a handshake in memory."""
    try:
        server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_side.load_cert_chain(kept.server)
        client_side = ssl.create_default_context(cafile=str(kept.ca))
        return all(_accepted(client_side, server_side, name) for name in NAMES)
    except OSError:  # missing, unreadable, or an SSLError: not PEM, a key of another certificate
        return False


def _accepted(client_side: ssl.SSLContext, server_side: ssl.SSLContext, name: str) -> bool:
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(down, up, server_hostname=name)
    server = server_side.wrap_bio(up, down, server_side=True)
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client.getpeercert() is not None


def _write(path: Path, content: bytes) -> None:
    """Writes a file that nobody else may read, whole or not at all."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    new.replace(path)
