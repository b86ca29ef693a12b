"""Engines execute StackQL: the real one, and the sample cloud that needs no account."""
