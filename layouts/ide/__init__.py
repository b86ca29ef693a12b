"""The SQL editor with its drawer, results and assistant."""
