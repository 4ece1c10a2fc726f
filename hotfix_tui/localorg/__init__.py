"""An embedded Salesforce: orgs on this machine that answer over real HTTP, for the demo, drills and tests."""
