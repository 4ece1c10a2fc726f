"""Widgets on Textual's line API. They know nothing of Salesforce."""
