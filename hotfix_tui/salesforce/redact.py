"""Takes secrets out of text before it reaches a log, an error or a crash report."""

from __future__ import annotations

import re

_GONE = "[secret]"

_NAMES = (
    r"access[_-]?token|refresh[_-]?token|id[_-]?token|oauth[_-]?token|auth[_-]?code|session[_-]?id|sid|"
    r"password|passwd|pwd|security[_-]?token|client[_-]?secret|consumer[_-]?secret|private[_-]?key|assertion"
)

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # A private key, PEM.
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), _GONE),
    # An SFDX auth URL: force://clientId:secret:refreshToken@host.
    (re.compile(r"force://[^\s\"'<>]+", re.I), "force://" + _GONE),
    # user:password@ in any address.
    (re.compile(r"(?<=://)[^\s/@:\"'<>]+:[^\s/@\"'<>]+@"), _GONE + "@"),
    # A session id or access token: the org id stays readable, the rest goes. `%21` is `!` in an address.
    (re.compile(r"(00D[0-9A-Za-z]{12,15})(?:!|%21)[^\s\"'<>&,;]+"), r"\1!" + _GONE),
    # A refresh token.
    (re.compile(r"\b5Aep861[0-9A-Za-z._=-]{8,}"), _GONE),
    # A JSON web token.
    (re.compile(r"\beyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{4,}(?:\.[0-9A-Za-z_-]*)?"), _GONE),
    (re.compile(r"\b(Bearer|Basic|OAuth)(\s+)(?!\[secret\])[^\s\"'<>,;]+", re.I), r"\1\2" + _GONE),
    # <sessionId>…</sessionId>, with any prefix.
    (re.compile(rf"(<(?:[\w.-]+:)?(?:{_NAMES})(?:\s[^<>]*)?>)[^<]*", re.I), r"\1" + _GONE),
    # "access_token": "…", 'password': '…' (JSON, Python, TOML), also when the closing quote was cut off.
    (re.compile(rf"([\"']?\b(?:{_NAMES})[\"']?\s*[:=]\s*)\"(?:[^\"\\]|\\.)*\"?", re.I), r'\1"' + _GONE + '"'),
    (re.compile(rf"([\"']?\b(?:{_NAMES})[\"']?\s*[:=]\s*)'(?:[^'\\]|\\.)*'?", re.I), r"\1'" + _GONE + "'"),
    # password=… in a form, a query string or a log line.
    (re.compile(rf"\b({_NAMES})(\s*[:=]\s*)(?![\"'\[])[^\s&\"'<>,;]+", re.I), r"\1\2" + _GONE),
)


def redact(text: str) -> str:
    """`text` without access tokens, passwords and the like. An org's id stays. Safe to apply twice."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
