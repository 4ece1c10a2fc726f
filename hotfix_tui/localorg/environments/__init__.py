"""Sandboxes and scratch orgs that an org makes: what is asked for, the stages it goes through, the org it becomes."""
