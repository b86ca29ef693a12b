-- name: GitHub: repositories without secret scanning
-- provider: github
-- description: Repositories in which a pushed password would go unnoticed.

SELECT full_name, visibility, language, archived, pushed_at
FROM github.repos.repos
WHERE org = :org
  AND json_extract(security_and_analysis, '$.secret_scanning.status') = 'disabled'
ORDER BY pushed_at DESC
