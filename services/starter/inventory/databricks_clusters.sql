-- name: Databricks: clusters
-- provider: databricks_workspace
-- description: Every cluster of a workspace with its runtime, size, state, idle limit and tags.
-- schedule: 0 */1 * * *
-- table: databricks_clusters
-- key: cluster_id
-- parameters: deployment_name=*
-- ignored: started_at

SELECT
  cluster_id,
  cluster_name,
  :deployment_name AS workspace,
  state,
  cluster_source,
  spark_version,
  runtime_engine,
  node_type_id,
  num_workers,
  json_extract(autoscale, '$.max_workers') AS max_workers,
  autotermination_minutes,
  data_security_mode,
  creator_user_name AS creator,
  datetime(start_time / 1000, 'unixepoch') AS started_at,
  custom_tags AS tags
FROM databricks_workspace.compute.clusters
WHERE deployment_name = :deployment_name
