"""A proxy between the client and a local org, as companies have them: CONNECT, with or without a password.

Behind it an org answers to a name that no network knows, so what reaches the org came through here. The test's own
authority vouches for the name.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import trustme

NAME = "aurelle.my.salesforce.invalid"


@dataclass
class Proxy:
    """`asked`: the hosts that were asked for. `refuses`: the status line that every CONNECT gets instead of a tunnel.

    `breaks`: tunnels are cut when the client's next bytes have come. `password`: `user:password`, when one is needed.
    """

    org: str
    org_ca: str
    ca: Path
    context: ssl.SSLContext
    port: int = 0
    password: str = ""
    refuses: str = ""
    breaks: bool = False
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """As the environment names it."""
        given = f"{self.password}@" if self.password else ""
        return f"http://{given}127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        """One connection."""
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096) or b"\r\n\r\n"
            self.asked.append(head.split()[1].decode())
            wanted = b"Proxy-Authorization: Basic " + b64encode(self.password.encode())
            if self.password and wanted not in head:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n")
            elif self.refuses:
                client.sendall(f"HTTP/1.1 {self.refuses}\r\n\r\n".encode())
            else:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with self.context.wrap_socket(client, server_side=True) as inside:
                    self._pass_on(inside)

    def _pass_on(self, inside: ssl.SSLSocket) -> None:
        parts = urlsplit(self.org)
        trusting = ssl.create_default_context(cafile=self.org_ca)
        with (
            socket.create_connection((parts.hostname, parts.port)) as plain,
            trusting.wrap_socket(plain, server_hostname=parts.hostname) as org,
        ):
            # One thread for both ways: a TLS connection is not to be read and written at the same time.
            other = {inside: org, org: inside}
            while True:
                ready = [one for one in other if one.pending()] or select.select([*other], [], [])[0]
                for one in ready:
                    one.settimeout(0)
                    try:
                        data = one.recv(65536)
                    except ssl.SSLWantReadError:
                        continue  # Bytes of TLS itself (a session ticket), or half a record: nothing to pass on yet.
                    finally:
                        one.settimeout(None)
                    if not data or (self.breaks and one is inside):
                        return
                    other[one].sendall(data)


@contextlib.contextmanager
def proxied(org: str, org_ca: str, folder: Path) -> Iterator[Proxy]:
    """A proxy on loopback behind which `NAME` is the local org at the https address `org`."""
    authority = trustme.CA()
    ca = folder / "company.pem"
    authority.cert_pem.write_to_path(str(ca))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(context)
    proxy = Proxy(org, org_ca, ca, context)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy.port = listening.getsockname()[1]

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=proxy.serve, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)
