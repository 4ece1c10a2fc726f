"""One file per screen. A screen renders the hotfix's state and posts requests; it never calls an org."""
