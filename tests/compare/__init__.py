"""Comparing metadata by content."""
