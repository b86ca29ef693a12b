"""What a statement over the inventory may call, and which types it may name.

A list of what is allowed: Postgres has thousands of functions, some of which read files, hold locks, sleep, change
settings or tell of other schemas, and every version adds more. Taken from pg_proc's text, number, date, JSON, array,
address, aggregate and window functions that are immutable or stable (a test asks a server whether they are), without
those that make a text of any size from a few letters (repeat, lpad, rpad, format).
"""

from __future__ import annotations

_FUNCTIONS = (
    # texts
    "ascii bit_length btrim char_length character_length chr concat concat_ws initcap left length lower ltrim md5"
    " octet_length regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace"
    " regexp_split_to_array regexp_split_to_table regexp_substr replace reverse right rtrim sha256 split_part"
    " starts_with string_to_array string_to_table strpos substr to_hex translate upper encode decode"
    # numbers
    " abs acos asin atan atan2 cbrt ceil ceiling cos degrees div exp floor gcd lcm ln log log10 mod pi power radians"
    " round scale sign sin sqrt tan trim_scale trunc width_bucket num_nulls num_nonnulls"
    # dates and times
    " age date date_bin date_part date_trunc isfinite justify_days justify_hours justify_interval make_date"
    " make_interval make_time make_timestamp make_timestamptz now timezone to_char to_date to_number to_timestamp"
    # JSON
    " array_to_json json_array_elements json_array_elements_text json_array_length json_build_array json_build_object"
    " json_each json_each_text json_extract_path json_extract_path_text json_object json_object_keys json_strip_nulls"
    " json_typeof jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array"
    " jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_insert"
    " jsonb_object jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array"
    " jsonb_path_query_first jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof"
    " row_to_json to_json to_jsonb"
    # arrays and sets of rows
    " array_append array_cat array_dims array_length array_lower array_ndims array_position array_positions"
    " array_prepend array_remove array_replace array_to_string array_upper cardinality generate_series"
    " generate_subscripts trim_array unnest"
    # addresses of networks
    " abbrev broadcast family host hostmask inet_merge inet_same_family masklen netmask network set_masklen"
    # aggregates
    " any_value array_agg avg bit_and bit_or bool_and bool_or corr count covar_pop covar_samp every json_agg"
    " json_object_agg jsonb_agg jsonb_object_agg max min mode percentile_cont percentile_disc regr_intercept regr_r2"
    " regr_slope stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance"
    # windows
    " cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number"
)
FUNCTIONS = frozenset(_FUNCTIONS.split())

# what SQL itself writes before a parenthesis, and the functions that its grammar knows as words
BEFORE_PARENTHESIS = frozenset(
    [
        "all",
        "and",
        "any",
        "array",
        "as",
        "between",
        "by",
        "case",
        "cast",
        "coalesce",
        "cube",
        "distinct",
        "else",
        "escape",
        "except",
        "exists",
        "extract",
        "fetch",
        "filter",
        "first",
        "from",
        "greatest",
        "group",
        "grouping",
        "having",
        "ilike",
        "in",
        "intersect",
        "is",
        "join",
        "lateral",
        "least",
        "like",
        "limit",
        "materialized",
        "next",
        "not",
        "nullif",
        "offset",
        "on",
        "or",
        "over",
        "overlay",
        "position",
        "recursive",
        "rollup",
        "row",
        "select",
        "sets",
        "similar",
        "some",
        "substring",
        "symmetric",
        "then",
        "to",
        "trim",
        "union",
        "using",
        "values",
        "when",
        "where",
    ]
)

# type → sqlglot's name of it
_TYPES = {
    "text": "TEXT",
    "varchar": "VARCHAR",
    "character": "CHAR",
    "char": "CHAR",
    "int": "INT",
    "integer": "INT",
    "bigint": "BIGINT",
    "smallint": "SMALLINT",
    "numeric": "DECIMAL",
    "decimal": "DECIMAL",
    "real": "FLOAT",
    "float": "DOUBLE",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timetz": "TIMETZ",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "interval": "INTERVAL",
    "json": "JSON",
    "jsonb": "JSONB",
    "uuid": "UUID",
    "inet": "INET",
}
TYPES = frozenset(_TYPES)
PARSER_TYPES = frozenset({*_TYPES.values(), "ARRAY"})

# words that are functions without parentheses, and tell of the login or the schema
WITHOUT_PARENTHESES = frozenset(
    [
        "current_user",
        "session_user",
        "current_role",
        "user",
        "system_user",
        "current_catalog",
        "current_schema",
    ]
)
