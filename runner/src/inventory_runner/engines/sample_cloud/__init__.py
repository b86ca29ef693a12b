"""The sample cloud: an invented company's estate that changes by the day, for trying the product without an account.

It answers StackQL statements under StackQL's names, in process, the same on the same day in any process. An engine
runs it in a worker; it refuses nothing itself inside Databricks Apps: the engine's factory and the settings do.
Each provider is a package of its own in here: see `providers`.
"""

from inventory_runner.engines.sample_cloud.cloud import SampleCloud
from inventory_runner.engines.sample_cloud.estate import sample_values
from inventory_runner.engines.sample_cloud.statements import Answer

__all__ = ["Answer", "SampleCloud", "sample_values"]
