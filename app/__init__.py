"""The Dash application: what starts, who the user is, what is served."""
