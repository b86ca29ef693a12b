-- name: Databricks: clusters that never stop
-- provider: databricks_workspace
-- description: Clusters without an idle limit, running ones first.

SELECT cluster_name, state, node_type_id, num_workers, creator_user_name AS creator, spark_version, custom_tags
FROM databricks_workspace.compute.clusters
WHERE deployment_name = :deployment_name
  AND autotermination_minutes = 0
ORDER BY state, cluster_name
