"""Apex that is not executed: how its tests end, what they cover, and the jobs that wait for it."""
