"""How long a call may take, how often a read is tried again, and how much an org may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

MB = 1024 * 1024

# One reply. Query pages and describes are far below this; a reply beyond it is not read to its end.
MAX_REPLY = 64 * MB
# Metadata API: 39 MB of zip is 52 MB in base64 (a SOAP message has at most 50 MB); XML around it and file properties.
MAX_ZIP = 39 * MB
MAX_RETRIEVE_REPLY = 80 * MB
# Results of a bulk job repeat what was uploaded, with an error of up to a few hundred characters for each row.
MAX_BULK_RESULTS = 200 * MB


@dataclass(frozen=True)
class Timing:
    """Seconds. Salesforce ends a query after 120 s; a write with automation behind it may take longer.

    `read` and `write` are how long an org may be silent, `transfer` what a reply that is coming may take beyond that.
    `backoff` holds the waits before each further try of a read, so its length bounds the tries. A connection that
    cannot be made is tried `connect_tries` times in all, a reply that does not come `silent_tries` times. `poll_first`
    grows by half with each look at a running deploy or retrieve, up to `poll_most`; a retrieve may take `retrieve`,
    an org may leave the one who follows a deploy without an answer for `poll_patience`. `idle` is how long a kept
    connection is trusted with a write: an org may close it at any moment, and a write must not be lost to that.
    """

    connect: float = 10.0
    read: float = 130.0
    write: float = 300.0
    transfer: float = 120.0
    backoff: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0)
    connect_tries: int = 2
    silent_tries: int = 2
    longest_wait: float = 30.0
    poll_first: float = 0.1
    poll_most: float = 2.0
    poll_patience: float = 600.0
    retrieve: float = 1800.0
    idle: float = 2.0
    threads: int = 6


@dataclass(frozen=True)
class Terms:
    """What one request is held to: `silence` seconds between bytes, `total` seconds for all, `max_bytes` of reply."""

    connect: float
    silence: float
    total: float
    max_bytes: int = MAX_REPLY
