-- name: Google: Compute instances
-- provider: google
-- description: Every Compute Engine instance of a project with its type, status, pricing model and labels.
-- columns: Column names are those that StackQL documented before August 2026; DESCRIBE the resource to see those of your provider documents.
-- schedule: 5 */2 * * *
-- table: google_compute_instances
-- key: id
-- parameters: project=*

SELECT
  id,
  name,
  :project AS project,
  substr(split_part(zone, '/', 9), 1, length(split_part(zone, '/', 9)) - 2) AS region,
  split_part(zone, '/', 9) AS zone,
  split_part(machineType, '/', 11) AS machine_type,
  status,
  json_extract(scheduling, '$.provisioningModel') AS provisioning_model,
  json_extract(networkInterfaces, '$[0].networkIP') AS private_ip,
  json_extract(networkInterfaces, '$[0].accessConfigs[0].natIP') AS public_ip,
  json_extract(serviceAccounts, '$[0].email') AS service_account,
  deletionProtection AS deletion_protection,
  creationTimestamp AS created_at,
  labels
FROM google.compute.instances
WHERE project = :project
