"""A run, from its plan to its record: scopes, heartbeat, the local scheduler."""
