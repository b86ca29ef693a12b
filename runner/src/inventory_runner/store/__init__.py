"""Writing inventory tables: staging, difference, change feed, schema drift, assets, materialised views."""
