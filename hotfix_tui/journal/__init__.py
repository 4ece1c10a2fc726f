"""The journal: what happened and what is about to, on disk before anyone sees or does it."""
