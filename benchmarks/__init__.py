"""What the product claims, measured: ratios against a peer or a limit in the same run."""
