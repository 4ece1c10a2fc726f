"""The least a client can do: the same SOAP requests over plain sockets, replies unpacked and thrown away."""

from __future__ import annotations

import gzip
import http.client
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LISTS, RETRIEVES = 6, 3
_NS = "http://soap.sforce.com/2006/04/metadata"
_FIRST_LOOK, _LAST_LOOK = 0.1, 2.0


@dataclass
class Asked:
    """The bodies that one org was sent: of describeMetadata and listMetadata, of readMetadata, of retrieve."""

    lists: list[bytes]
    reads: list[bytes]
    retrieves: list[bytes]


class Bare:
    """One org over `http.client`, one connection a thread."""

    def __init__(self, entry: dict[str, Any], version: str) -> None:
        self._host = urlsplit(entry["instance_url"]).netloc
        self._path = f"/services/Soap/m/{version}"
        self._token = entry["access_token"]

    def lists(self, asked: Asked) -> int:
        """Sends the lists, six at once; the bytes that came."""
        return self._all(asked.lists, LISTS)

    def downloads(self, asked: Asked) -> int:
        """Sends the reads and retrieves, three at once, and fetches each zip; the bytes that came."""
        with ThreadPoolExecutor(RETRIEVES) as pool:
            jobs = [pool.submit(self._one, body) for body in asked.reads]
            jobs += [pool.submit(self._retrieve, body) for body in asked.retrieves]
            return sum(job.result() for job in jobs)

    def _all(self, bodies: list[bytes], at_once: int) -> int:
        with ThreadPoolExecutor(at_once) as pool:
            return sum(pool.map(self._one, bodies))

    def _one(self, body: bytes) -> int:
        return len(self._post(http.client.HTTPConnection(self._host), body))

    def _post(self, connection: http.client.HTTPConnection, body: bytes) -> bytes:
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""', "Accept-Encoding": "gzip"}
        connection.request("POST", self._path, body, headers)
        with connection.getresponse() as response:
            content = response.read()
            assert response.status == 200, content[:300]
            return gzip.decompress(content) if response.getheader("Content-Encoding") == "gzip" else content

    def _retrieve(self, body: bytes) -> int:
        connection = http.client.HTTPConnection(self._host)
        started = self._post(connection, body)
        name = re.search(rb"<(?:\w+:)?id>([^<]+)<", started)
        assert name is not None
        look = self._envelope(
            f'<checkRetrieveStatus xmlns="{_NS}"><asyncProcessId>{name[1].decode()}</asyncProcessId>'
            "<includeZip>true</includeZip></checkRetrieveStatus>"
        )
        wait = _FIRST_LOOK
        while True:
            reply = self._post(connection, look)
            if b"<zipFile>" in reply or b":zipFile>" in reply:
                return len(reply)
            time.sleep(wait)
            wait = min(wait * 1.5, _LAST_LOOK)

    def _envelope(self, body: str) -> bytes:
        header = f'<SessionHeader xmlns="{_NS}"><sessionId>{self._token}</sessionId></SessionHeader>'
        return (
            '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">'
            f"<env:Header>{header}</env:Header><env:Body>{body}</env:Body>"
            "</env:Envelope>"
        ).encode()
