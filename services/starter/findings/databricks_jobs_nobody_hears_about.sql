-- name: Databricks: jobs nobody hears about
-- provider: databricks_workspace
-- description: Jobs that send no mail when they fail, with their schedule.

SELECT
  job_id,
  json_extract(settings, '$.name') AS name,
  creator_user_name AS creator,
  json_extract(settings, '$.schedule.quartz_cron_expression') AS cron,
  json_extract(settings, '$.schedule.pause_status') AS pause_status
FROM databricks_workspace.jobs.jobs
WHERE deployment_name = :deployment_name
  AND json_extract(settings, '$.email_notifications.on_failure') IS NULL
ORDER BY job_id
