-- name: GitHub: open pull requests, oldest first
-- provider: github
-- description: What waits for a review in one repository, and for how long.

SELECT
  number,
  title,
  json_extract(user, '$.login') AS author,
  draft,
  CAST(julianday('now') - julianday(created_at) AS INTEGER) AS age_days,
  html_url
FROM github.pulls.pull_requests
WHERE owner = :owner
  AND repo = :repo
ORDER BY created_at
