"""What the pages do: each module registers its page's callbacks on the app."""
