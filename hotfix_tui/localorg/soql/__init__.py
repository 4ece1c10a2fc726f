"""SOQL: its grammar, its meaning as SQL, and the answers queries get."""
