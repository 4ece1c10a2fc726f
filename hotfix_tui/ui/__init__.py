"""The screens: a view of the journal and of what a person may ask for next. Writes to no org itself."""
