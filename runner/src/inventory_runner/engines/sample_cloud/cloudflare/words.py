"""What Cloudflare says in the sample cloud: its versions; no resource requires a parameter."""

from __future__ import annotations

from inventory_runner.engines.sample_cloud.providers import Words

WORDS = Words(versions={"cloudflare": ("v26.07.00405",)}, parameters={})
