"""Reading statements: tokens, the guard, the pre-flight check, parameters."""
