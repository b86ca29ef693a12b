-- name: GitHub: unprotected default branches
-- provider: github
-- description: Repositories whose main branch anyone with write access can push to.

SELECT r.full_name, r.visibility, b.name AS branch, r.pushed_at
FROM github.repos.repos r
INNER JOIN github.repos.branches b
  ON b.repo = r.name
WHERE r.org = :org
  AND b.owner = :org
  AND b.name = r.default_branch
  AND b.protected = 0
ORDER BY r.pushed_at DESC
