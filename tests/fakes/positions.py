"""Places in statements, and what an engineer wants offered there first or second.

A bar marks the cursor of one who types; a broken bar one who asks, with Ctrl+Space. Right of the arrow stands what
is to be inserted. In WRONG nothing may be offered to one who types. Both are there for the live cloud and for the
inventory, whose statements are Postgres's; INVENTORY_TABLES is what these read.
"""

from __future__ import annotations

RIGHT = r"""
# resources, level by level
SELECT * FROM a| → aws.
SELECT * FROM g| → google.
SELECT * FROM gi| → github.
SELECT * FROM az| → azure.
SELECT * FROM ok| → okta.
SELECT * FROM cl| → cloudflare.
SELECT * FROM databricks_w| → databricks_workspace.
select * from aw| → aws.
SELECT * FROM aws.¦ → cloudformation.
SELECT * FROM\n  go| → google.
SELECT * FROM aws.e| → ec2.
SELECT * FROM aws.ec| → ec2.
SELECT * FROM aws.s| → s3.
SELECT * FROM aws.rd| → rds.
SELECT * FROM aws.i| → iam.
SELECT * FROM aws.lam| → lambda.
SELECT * FROM aws.cloudf| → cloudformation.
SELECT * FROM google.comp| → compute.
SELECT * FROM google.stor| → storage.
SELECT * FROM google.cloudr| → cloudresourcemanager.
SELECT * FROM azure.netw| → network.
SELECT * FROM github.re| → repos.
SELECT * FROM github.pul| → pulls.
SELECT * FROM okta.us| → users.
SELECT * FROM databricks_workspace.comp| → compute.
SELECT * FROM aws.ec2.inst| → instances
SELECT * FROM aws.ec2.vol| → volumes
SELECT * FROM aws.ec2.vp| → vpcs
SELECT * FROM aws.ec2.sub| → subnets
SELECT * FROM aws.ec2.sec| → security_groups
SELECT * FROM aws.ec2.security_g| → security_groups
SELECT * FROM aws.s3.b| → buckets
SELECT * FROM aws.iam.us| → users
SELECT * FROM aws.iam.ro| → roles
SELECT * FROM aws.iam.acc| → access_keys
SELECT * FROM aws.rds.db| → db_instances
SELECT * FROM azure.compute.virt| → virtual_machines
SELECT * FROM azure.compute.mach| → virtual_machines
SELECT * FROM azure.network.pub| → public_ip_addresses
SELECT * FROM azure.network.sec| → network_security_groups
SELECT * FROM google.compute.disk| → disks
SELECT * FROM google.iam.serv| → service_accounts
SELECT * FROM github.repos.br| → branches
SELECT * FROM github.repos.co| → commits
SELECT instance_id FROM aws.ec2.ins| WHERE region = 'us-east-1' → instances
SELECT count(*) FROM aws.ec2.vol|\nWHERE region = :region → volumes
SELECT * FROM aws.ec2.instances i JOIN az| → azure.
SELECT * FROM aws.ec2.instances i JOIN aws.ec| → ec2.
SELECT * FROM aws.ec2.instances i JOIN aws.ec2.vol| → volumes
SELECT * FROM aws.ec2.instances i LEFT JOIN aws.ec2.subn| → subnets
SELECT * FROM aws.ec2.instances, aws.ec2.vp| → vpcs
SELECT name FROM aws.s3.buckets UNION ALL SELECT name FROM google.sto| → storage.
SELECT * FROM (SELECT * FROM okta.gr| → groups.
WITH b AS (SELECT name FROM aws.s3.bu|) SELECT * FROM b → buckets
WITH machines AS (SELECT instance_id FROM aws.ec2.instances) SELECT * FROM mach| → machines
SELECT 1; SELECT * FROM aws.ec2.vo| → volumes
SELECT 'a;b' AS x; SELECT * FROM github.or|; SELECT 2 → orgs.
-- all of them\nSELECT * FROM aws.rd| → rds.
SHOW SERVICES IN goo| → google
SHOW RESOURCES IN aws.ec| → ec2
SHOW METHODS IN aws.ec2.inst| → instances
DESCRIBE aws.ec2.vol| → volumes
DESCRIBE EXTENDED okt| → okta.
# columns of the statement's resources
SELECT inst| FROM aws.ec2.instances → instance_id
SELECT instance_t| FROM aws.ec2.instances → instance_type
SELECT st| FROM aws.ec2.instances → state
SELECT vpc| FROM aws.ec2.instances WHERE region = 'us-east-1' → vpc_id
SELECT instance_id, st| FROM aws.ec2.instances → state
SELECT instance_id, instance_type, launch| FROM aws.ec2.instances → launch_time
SELECT\n  instance_id,\n  tag|\nFROM aws.ec2.instances → tags
SELECT enc| FROM aws.ec2.volumes WHERE region = :region → encrypted
SELECT volume_id, siz| FROM aws.ec2.volumes → size
SELECT volume_i| FROM aws.ec2.volumes → volume_id
SELECT DISTINCT ava| FROM aws.ec2.volumes → availability_zone
SELECT zone| FROM aws.ec2.volumes → availability_zone
SELECT bucket_r| FROM aws.s3.buckets → bucket_region
SELECT arn| FROM aws.s3.buckets → bucket_arn
SELECT creat| FROM aws.s3.buckets → creation_date
SELECT loc| FROM azure.compute.virtual_machines → location
SELECT hardw| FROM azure.compute.virtual_machines → hardware_profile
SELECT mach| FROM google.compute.instances → machineType
SELECT timest| FROM google.compute.instances → creationTimestamp
SELECT name, prot| FROM github.repos.branches → protected
SELECT arch| FROM github.repos.repos → archived
SELECT count(inst|) FROM aws.ec2.instances → instance_id
SELECT lower(instance_t|) FROM aws.ec2.instances → instance_type
SELECT json_extract(sta|, '$.Name') FROM aws.ec2.instances → state
SELECT CASE WHEN enc| THEN 1 ELSE 0 END FROM aws.ec2.volumes → encrypted
SELECT CASE WHEN size > 10 THEN vol| END FROM aws.ec2.volumes → volume_id
SELECT coalesce(kms|, 'none') FROM aws.ec2.volumes → kms_key_id
SELECT size * io| FROM aws.ec2.volumes → iops
SELECT volume_id AS id, iop| FROM aws.ec2.volumes → iops
SELECT volume_id FROM aws.ec2.volumes WHERE region = 'a' AND enc| → encrypted
SELECT volume_id FROM aws.ec2.volumes WHERE enc| → encrypted
SELECT volume_id FROM aws.ec2.volumes WHERE region = 'a' AND (siz| → size
SELECT volume_id FROM aws.ec2.volumes WHERE region = 'a' OR sna| → snapshot_id
SELECT volume_id FROM aws.ec2.volumes WHERE NOT enc| → encrypted
SELECT volume_id FROM aws.ec2.volumes WHERE region = 'a' AND size > iop| → iops
SELECT volume_id FROM aws.ec2.volumes WHERE region = 'a' AND size BETWEEN 1 AND thr| → throughput
SELECT volume_type, count(*) FROM aws.ec2.volumes GROUP BY volume_t| → volume_type
SELECT volume_id FROM aws.ec2.volumes WHERE region = 'a' ORDER BY siz| → size
SELECT volume_type, count(*) AS number FROM aws.ec2.volumes GROUP BY volume_type ORDER BY num| → number
SELECT volume_type, sum(size) AS gigabytes FROM aws.ec2.volumes GROUP BY 1 HAVING giga| → gigabytes
select vol| from aws.ec2.volumes → volume_id
SELECT ¦ FROM aws.s3.buckets → name
SELECT name, ¦ FROM aws.s3.buckets → creation_date
SELECT bucket_ FROM aws.s3.buckets; SELECT cidr| FROM aws.ec2.vpcs → cidr_block
# aliases
SELECT i.| FROM aws.ec2.instances i → tenancy
SELECT i.inst| FROM aws.ec2.instances i → instance_id
SELECT i.inst| FROM aws.ec2.instances AS i → instance_id
SELECT v.enc| FROM aws.ec2.instances i JOIN aws.ec2.volumes v ON v.region = i.region → encrypted
SELECT i.state, v.siz| FROM aws.ec2.instances i, aws.ec2.volumes v → size
SELECT * FROM aws.ec2.instances i JOIN aws.ec2.subnets s ON s.sub| → subnet_id
SELECT * FROM aws.ec2.instances i JOIN aws.ec2.subnets s ON s.subnet_id = i.sub| → subnet_id
SELECT * FROM aws.ec2.instances i JOIN aws.ec2.subnets s ON s.subnet_id = i.subnet_id AND i.vpc| → vpc_id
SELECT cidr| FROM aws.ec2.instances i JOIN aws.ec2.subnets s ON s.subnet_id = i.subnet_id → cidr_block
SELECT vpc| FROM aws.ec2.instances i JOIN aws.ec2.subnets s ON s.subnet_id = i.subnet_id → i.vpc_id
SELECT mach| FROM aws.ec2.instances machines → machines.
SELECT b.na| FROM aws.s3.buckets b → name
SELECT b.name FROM aws.s3.buckets b ORDER BY b.creat| → creation_date
SELECT b.name FROM aws.s3.buckets b WHERE b.bucket_a| → bucket_arn
WITH m AS (SELECT instance_id, instance_type AS kind FROM aws.ec2.instances) SELECT ki| FROM m → kind
WITH m AS (SELECT instance_id, instance_type AS kind FROM aws.ec2.instances) SELECT m.ins| FROM m → instance_id
SELECT big| FROM (SELECT volume_id, size AS biggest FROM aws.ec2.volumes) → biggest
SELECT t.vol| FROM (SELECT * FROM aws.ec2.volumes) t → volume_id
SELECT name FROM aws.s3.buckets WHERE name IN (SELECT tag| FROM aws.ec2.subnets) → tags
# required parameters first
SELECT * FROM aws.ec2.instances WHERE | → region = :region
SELECT * FROM aws.ec2.instances WHERE r| → region = :region
SELECT * FROM aws.ec2.instances WHERE reg| → region = :region
SELECT * FROM aws.ec2.instances i WHERE i.| → region = :region
SELECT * FROM aws.ec2.instances\nWHERE\n  | → region = :region
SELECT * FROM aws.ec2.instances WHERE state = 'running' AND | → region = :region
SELECT * FROM aws.ec2.instances WHERE state = 'running' AND reg| → region = :region
SELECT * FROM github.repos.branches WHERE | → owner = :owner
SELECT * FROM github.repos.branches WHERE owner = 'a' AND | → repo = :repo
SELECT * FROM github.repos.branches WHERE owner = :owner AND rep| → repo = :repo
SELECT * FROM azure.compute.disks WHERE | → subscription_id = :subscription_id
SELECT * FROM azure.compute.virtual_machines WHERE sub| → subscription_id = :subscription_id
SELECT * FROM google.compute.instances WHERE pro| → project = :project
SELECT * FROM google.container.clusters WHERE projectsId = 'a' AND | → locationsId = :locationsId
SELECT * FROM okta.users.users WHERE | → subdomain = :subdomain
SELECT * FROM aws.ec2.instances i JOIN aws.ec2.volumes v ON i.region = i.region WHERE v.| → region = :region
SELECT * FROM aws.ec2.instances ¦ → WHERE region = :region
SELECT * FROM aws.ec2.instances whe| → where region = :region
# parameters
SELECT * FROM aws.ec2.instances WHERE region = :| → region
SELECT * FROM aws.ec2.instances WHERE region = :re| → region
SELECT * FROM aws.ec2.instances WHERE region = ¦ → :region
SELECT * FROM github.repos.branches WHERE owner = :owner AND repo = :| → repo
SELECT * FROM aws.ec2.volumes WHERE region = :region AND volume_type = :| → volume_type
SELECT * FROM aws.ec2.volumes WHERE region = :home AND volume_id IN (:ho| → home
SELECT * FROM aws.ec2.volumes WHERE size > :least; SELECT * FROM aws.ec2.volumes WHERE size > :lea| → least
SELECT :| FROM aws.ec2.vpcs → region
# functions and keywords
SEL| → SELECT
sel| → select
WIT| → WITH
DESC| → DESCRIBE
SELECT cou| FROM aws.ec2.volumes → count()
SELECT json_ex| FROM aws.ec2.instances → json_extract()
SELECT json_ex|(state, '$.Name') FROM aws.ec2.instances → json_extract
SELECT regexp_l| FROM aws.s3.buckets → regexp_like()
SELECT max(vol|) FROM aws.ec2.volumes → volume_id
SELECT name fr| → from
SELECT * FR| → FROM
SELECT * FROM aws.s3.buckets WHERE region = 'a' ORD| → ORDER
SELECT * FROM aws.s3.buckets WHERE region = 'a' ORDER B| → BY
SELECT * FROM aws.s3.buckets WHERE region = 'a' AND name LI| → LIKE
SELECT * FROM aws.s3.buckets WHERE region = 'a' LIM| → LIMIT
SELECT bucket_region, count(*) FROM aws.s3.buckets GR| → GROUP
SELECT * FROM aws.s3.buckets b LE| → LEFT
SELECT * FROM aws.s3.buckets b LEFT J| → JOIN
SELECT * FROM aws.s3.buckets ORDER BY name DE| → DESC
SELECT name FROM aws.s3.buckets UN| → UNION
SHOW PRO| → PROVIDERS
SHOW SERVICES I| → IN
"""

WRONG = r"""
# literals
SELECT 'inst|' FROM aws.ec2.instances
SELECT * FROM aws.ec2.instances WHERE region = 'us|
SELECT * FROM aws.ec2.instances WHERE region = 'reg|'
SELECT 'it''s sta|' FROM aws.ec2.instances
SELECT 'a' 'sta|' FROM aws.ec2.instances
SELECT 'FROM a|'
SELECT 'SELECT * FROM aws.ec2.|'
SELECT ':reg|' FROM aws.ec2.instances
SELECT "sta|" FROM aws.ec2.instances
SELECT json_extract(state, '$.na|') FROM aws.ec2.instances
SELECT 'it\'s sta| FROM aws.ec2.instances
# comments
-- sel|
-- SELECT * FROM aws.|
SELECT * -- sta|\nFROM aws.ec2.instances
SELECT * /* FROM a| */ FROM aws.ec2.instances
SELECT * /* sta|
SELECT name # nam|
SELECT name // nam|\nFROM aws.s3.buckets
SELECT * FROM aws.ec2.instances -- WHERE |
-- :region us|
# finished words, and what may be a name of one's own
SELECT instance_id| FROM aws.ec2.instances
SELECT | FROM aws.ec2.instances
SELECT instance_id | FROM aws.ec2.instances
SELECT instance_id, | FROM aws.ec2.instances
SELECT state AS st| FROM aws.ec2.instances
SELECT state AS | FROM aws.ec2.instances
SELECT count(*) AS inst| FROM aws.ec2.instances
SELECT * | FROM aws.ec2.instances
SELECT * FROM aws|
SELECT * FROM aws.ec2|
SELECT * FROM aws.ec2.instances|
SELECT * FROM aws.ec2.instances |
SELECT * FROM aws.ec2.instances i|
SELECT * FROM aws.ec2.instances v|
SELECT * FROM aws.ec2.instances AS inst|
SELECT * FROM aws.ec2.instances i |
SELECT * FROM aws.ec2.instances\n|
SELECT * FROM aws.ec2.instances WHERE region = :region|
SELECT * FROM aws.ec2.instances WHERE region = 'a' |
SELECT * FROM aws.ec2.instances WHERE region = 'a' AND state |
SELECT * FROM aws.ec2.instances WHERE region = 'a' AND |
SELECT * FROM aws.ec2.instances WHERE region = |
SELECT * FROM aws.ec2.volumes WHERE size > 1|
SELECT * FROM aws.ec2.volumes WHERE size > 10 |
SELECT * FROM aws.ec2.volumes LIMIT 1|
SELECT * FROM aws.ec2.volumes LIMIT |
SELECT * FROM aws.ec2.volumes LIMIT s|
SELECT size FROM aws.ec2.volumes ORDER BY size |
SELECT count(*)| FROM aws.ec2.volumes
SELECT ins|tance_id FROM aws.ec2.instances
SELECT * FROM aws.ec2.inst|ances
WITH inst| AS (SELECT 1) SELECT 2
SELECT 1; |
SELECT| 1
SELECT nothing.| FROM aws.ec2.instances
SELECT * FROM aws.ec2.instances.|
SELECT 1.|
SELECT 1;|
"""

INVENTORY_RIGHT = r"""
# keys of a JSON column
SELECT tags->>'ow|' FROM assets → owner
SELECT tags->>'¦' FROM assets → env
SELECT tags->>¦ FROM assets → 'env'
SELECT tags->'te| FROM assets WHERE region = 'a' → team'
SELECT a.tags->>'cost|' FROM assets a → cost-center
SELECT count(*) FROM assets WHERE tags->>'te|' → team
SELECT count(*) FROM assets WHERE tags ? 'ow|' → owner
SELECT count(*) FROM assets a JOIN azure_disks d ON d.id = a.id WHERE d.properties->>'disk|' → diskState
SELECT properties->'sk|' FROM azure_disks → sku
SELECT properties->'sku'->>'ti|' FROM azure_disks → tier
SELECT properties->'sku'->>¦ FROM azure_disks → 'name'
SELECT 1; SELECT tags->>'en|' FROM assets; SELECT 2 → env
# what is a comment in the live cloud's statements, and none here
SELECT tags #>> '{owner}', reg| FROM assets → region
SELECT tags # 'a', reg| FROM assets → region
SELECT 8 // 2, reg| FROM assets → region
SELECT tags #> '{a}'; SELECT reg| FROM assets → region
SELECT /* a /* b */ c */ reg| FROM assets → region
# texts
SELECT E'it\'s', reg| FROM assets → region
SELECT 'C:\', reg| FROM assets → region
SELECT $$it's$$, reg| FROM assets → region
SELECT $x$ it's $$ $x$, reg| FROM assets → region
SELECT * FROM ass| → assets
SELECT * FROM azure_d| → azure_disks
"""
INVENTORY_WRONG = r"""
# texts and comments
SELECT /* a /* b */ reg| FROM assets
SELECT $$ reg| $$ FROM assets
SELECT $x$ $$ reg| $x$ FROM assets
SELECT E'it\'s reg|' FROM assets
SELECT 'reg|' FROM assets
SELECT -- reg|\n * FROM assets
# keys of what is no JSON, or of no table that is read
SELECT region->>'ow|' FROM assets
SELECT tags->>'ow|' FROM azure_disks
SELECT tags->>'owner|' FROM assets
SELECT tags->>'ow|n' FROM assets
SELECT tags = 'ow|' FROM assets
SELECT tags->'team'->>'x|' FROM assets
"""
# table → column → its type, or the keys of an object of JSON with what lies below them
INVENTORY_TABLES: dict[str, dict[str, str | dict[str, list[str]]]] = {
    "assets": {
        "id": "text",
        "region": "text",
        "tags": {"env": [], "owner": [], "team": [], "cost-center": []},
    },
    "azure_disks": {
        "id": "text",
        "properties": {"diskState": [], "sku": ["name", "tier"], "timeCreated": []},
    },
}


def read_right(table: str = RIGHT) -> list[tuple[str, int, bool, str]]:
    """(text, where the cursor stands, whether it is asked for, what is wanted) of each place."""
    found = []
    for line in _read_lines(table):
        text, wanted = line.rsplit(" → ", 1)
        mark = "¦" if "¦" in text else "|"
        found.append((text.replace(mark, ""), text.index(mark), mark == "¦", wanted))
    return found


def read_wrong(table: str = WRONG) -> list[tuple[str, int]]:
    """(text, where the cursor stands) of each place."""
    return [(line.replace("|", ""), line.index("|")) for line in _read_lines(table)]


def _read_lines(table: str) -> list[str]:
    return [line.replace(r"\n", "\n") for line in table.splitlines() if line and not line.startswith("# ")]
