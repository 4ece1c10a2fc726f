"""Several requests in one call: composite, graphs, trees, batches. Each runs the handlers of the REST API."""
