"""The second person: somebody else who works in an org while we do, by a script."""
