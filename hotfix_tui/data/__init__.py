"""Records: data sets, reading them from an org, plans to write them to another, and what changed in between."""
