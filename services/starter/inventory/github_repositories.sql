-- name: GitHub: repositories
-- provider: github
-- description: Every repository of an organisation with its visibility, language, activity and open issues.
-- schedule: 0 7 * * 1-5
-- timezone: America/New_York
-- table: github_repositories
-- key: id
-- parameters: org=*
-- ignored: pushed_at, open_issues, size_kb

SELECT
  id,
  name,
  full_name,
  :org AS org,
  visibility,
  archived,
  language,
  default_branch,
  json_extract(topics, '$[0]') AS topic,
  json_extract(security_and_analysis, '$.secret_scanning.status') AS secret_scanning,
  open_issues_count AS open_issues,
  size AS size_kb,
  html_url,
  created_at,
  pushed_at
FROM github.repos.repos
WHERE org = :org
