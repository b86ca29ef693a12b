"""The overview: figures, charts, what needs attention."""
