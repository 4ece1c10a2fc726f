"""Loading a local org from a folder of metadata and records."""

from hotfix_tui.localorg.loading.load import LoadReport, load_folder

__all__ = ["LoadReport", "load_folder"]
