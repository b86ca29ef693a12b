-- name: AWS: RDS instances
-- provider: aws
-- description: Every RDS database of a region with its engine, class, status, protection and tags.
-- schedule: 40 */6 * * *
-- table: aws_rds_instances
-- key: db_instance_arn
-- parameters: region=*

SELECT
  db_instance_identifier,
  db_instance_arn,
  split_part(db_instance_arn, ':', 5) AS account_id,
  :region AS region,
  engine,
  engine_version,
  db_instance_class,
  db_instance_status AS status,
  allocated_storage AS storage_gib,
  multi_az,
  publicly_accessible,
  storage_encrypted,
  backup_retention_period AS backup_days,
  deletion_protection,
  instance_create_time AS created_at,
  tag_list AS tags
FROM aws.rds.db_instances
WHERE region = :region
