"""Google Cloud in the sample cloud: three projects; the last one goes dark at times."""
