"""What the runner is given by its surroundings: the workspace, the database, tokens and secrets."""
