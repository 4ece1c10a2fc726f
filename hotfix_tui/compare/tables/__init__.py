"""Data files of this room; each names its source."""
