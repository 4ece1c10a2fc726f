"""Metadata compared by content: components read from orgs and folders, normalised, and set side by side.

Imports `salesforce` and below only. Nothing here is needed for the first paint; deepdiff is imported when a difference
is opened.
"""
