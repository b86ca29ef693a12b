"""Azure in the sample cloud: three subscriptions; the last is the playground that often goes dark."""
