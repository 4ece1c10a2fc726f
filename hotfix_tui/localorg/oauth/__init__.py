"""OAuth of a local org: apps, the page where a user allows one, tokens by code, refresh, assertion and credentials."""
