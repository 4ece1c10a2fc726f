"""Writing records: what a save checks, what it sets off, what a delete takes with it."""
