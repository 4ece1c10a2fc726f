"""The only room that knows HTTP: one org behind an async `Org`, over simple-salesforce and our own Metadata API calls.

Import the module that has what you need (`hotfix_tui.salesforce.org`, `.login`, `.errors` …). Importing them is cheap:
requests, simple_salesforce and lxml are loaded in a pool thread at the first call.
"""
