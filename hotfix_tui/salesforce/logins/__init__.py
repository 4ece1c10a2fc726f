"""Where tokens come from: our own logins, those of the Salesforce CLI, and the flows by which a login is made."""
