-- name: AWS: databases at risk
-- provider: aws
-- description: RDS instances that are public, not encrypted, without backups or without deletion protection.

SELECT
  db_instance_identifier,
  engine,
  engine_version,
  publicly_accessible,
  storage_encrypted,
  backup_retention_period AS backup_days,
  deletion_protection
FROM aws.rds.db_instances
WHERE region = :region
  AND (publicly_accessible = 1 OR storage_encrypted = 0 OR backup_retention_period = 0 OR deletion_protection = 0)
ORDER BY publicly_accessible DESC, storage_encrypted, backup_retention_period
