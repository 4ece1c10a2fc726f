"""The REST API of a local org, and the application that serves all its APIs."""
