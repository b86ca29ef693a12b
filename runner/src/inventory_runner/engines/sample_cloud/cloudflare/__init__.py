"""Cloudflare in the sample cloud: two accounts and their zones."""
