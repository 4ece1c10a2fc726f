"""What takes how long, beside what others take on the same orgs. By hand: CI asserts counts, never seconds."""
