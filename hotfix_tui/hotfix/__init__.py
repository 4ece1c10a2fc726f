"""The workflow: session, steps and the runner. No Textual, no HTTP."""
