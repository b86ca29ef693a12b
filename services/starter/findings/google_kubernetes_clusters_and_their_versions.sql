-- name: Google: Kubernetes clusters and their versions
-- provider: google
-- description: Clusters of a project in every location, with version, nodes and whether the endpoint is private.

SELECT
  name,
  location,
  status,
  currentMasterVersion AS version,
  json_extract(releaseChannel, '$.channel') AS channel,
  currentNodeCount AS nodes,
  json_extract(autopilot, '$.enabled') AS autopilot,
  json_extract(privateClusterConfig, '$.enablePrivateEndpoint') AS private_endpoint
FROM google.container.clusters
WHERE projectsId = :project
  AND locationsId = '-'
ORDER BY name
