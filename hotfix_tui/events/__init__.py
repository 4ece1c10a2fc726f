"""What happens in a hotfix, as frozen dataclasses: the language that every room speaks and the journal keeps.

A leaf: it imports nothing of ours and nothing beyond the standard library, so `data` and `automation` can yield
intents without knowing the journal, and screens can render facts without knowing an org.
"""

from hotfix_tui.events.base import Envelope, Event, Fact, Intent, Keep, Question, Settled, decode, encode
from hotfix_tui.events.streams import merge

# Every module below registers its events, so that `decode` knows them all.
from hotfix_tui.events import automation, compare, deploy, environment, promote, seed, session, sync  # isort: skip

__all__ = [
    "Envelope",
    "Event",
    "Fact",
    "Intent",
    "Keep",
    "Question",
    "Settled",
    "automation",
    "compare",
    "decode",
    "deploy",
    "encode",
    "environment",
    "merge",
    "promote",
    "seed",
    "session",
    "sync",
]
