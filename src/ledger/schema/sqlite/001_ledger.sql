-- SPDX-License-Identifier: Apache-2.0
-- Version 1 of the ledger. docs/ledger.md describes every table and column.
-- Times are UTC, as '2026-01-31 12:34:56.123456Z'. Flags are 0 or 1.

CREATE TABLE wherry_ledger (
    version     INTEGER NOT NULL PRIMARY KEY, -- of the schema: one row for each step that was taken
    destination TEXT NOT NULL,                -- what names the destination that it belongs to
    wherry      TEXT NOT NULL,                -- the program that took the step
    at          TEXT NOT NULL
);

CREATE TABLE wherry_run (
    id          INTEGER PRIMARY KEY,
    migration   TEXT NOT NULL,
    state       TEXT NOT NULL
                CHECK (state IN ('running', 'done', 'interrupted', 'stopped', 'failed', 'abandoned')),
    is_partial  INTEGER NOT NULL,
    started_at  TEXT NOT NULL,
    finished_at TEXT,
    reason      TEXT,          -- why it was stopped, failed or abandoned
    who         TEXT NOT NULL,
    wherry      TEXT NOT NULL, -- the program's version
    options     TEXT NOT NULL, -- as given, one JSON object
    file        TEXT NOT NULL  -- the migration file, before substitution
);

CREATE TABLE wherry_item (
    run             INTEGER NOT NULL REFERENCES wherry_run,
    item            TEXT NOT NULL,
    ordinal         INTEGER NOT NULL, -- the order of migration
    destination     TEXT NOT NULL,    -- the table
    fingerprint     INTEGER NOT NULL, -- of definition, column types and wherry's conversions
    source_identity TEXT NOT NULL,    -- files: names, sizes, times
    has_images      INTEGER NOT NULL,
    records         INTEGER,          -- in the source; NULL where that is not known
    is_done         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, item)
);

-- Counts are those of the groups committed so far.
CREATE TABLE wherry_chunk (
    id         INTEGER PRIMARY KEY,
    run        INTEGER NOT NULL REFERENCES wherry_run,
    item       TEXT NOT NULL,
    spec       BLOB NOT NULL,    -- the source's own words for the part
    records    INTEGER,          -- in the chunk; NULL where that is not known
    size       INTEGER NOT NULL, -- bytes of the source
    owner      TEXT,             -- the process that works on it
    is_started INTEGER NOT NULL DEFAULT 0,
    position   INTEGER NOT NULL DEFAULT 0, -- of the first byte that is not done
    digest     INTEGER NOT NULL DEFAULT 0, -- of the bytes that are done
    is_done    INTEGER NOT NULL DEFAULT 0,
    read       INTEGER NOT NULL DEFAULT 0,
    inserted   INTEGER NOT NULL DEFAULT 0,
    updated    INTEGER NOT NULL DEFAULT 0,
    unchanged  INTEGER NOT NULL DEFAULT 0,
    skipped    INTEGER NOT NULL DEFAULT 0,
    rejected   INTEGER NOT NULL DEFAULT 0,
    failed     INTEGER NOT NULL DEFAULT 0,
    deleted    INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX wherry_chunk_item ON wherry_chunk (run, item);

-- Which keys a group may hold. Groups with the same keys, as of a rerun, share one.
CREATE TABLE wherry_filter (
    id        INTEGER PRIMARY KEY,
    hash      INTEGER NOT NULL, -- of the bits
    least_key BLOB NOT NULL,    -- in the order of bytes; no more than the first 64 bytes
    last_key  BLOB NOT NULL,    -- likewise
    bits      BLOB NOT NULL
);
CREATE INDEX wherry_filter_hash ON wherry_filter (hash);
CREATE INDEX wherry_filter_keys ON wherry_filter (least_key, last_key);

-- The log of one group of items. What is asked for most stands before what is large.
CREATE TABLE wherry_segment (
    id       INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: state tells new from old by it
    run      INTEGER NOT NULL REFERENCES wherry_run,
    chunk    INTEGER,
    item     TEXT NOT NULL,
    at       TEXT NOT NULL,
    items    INTEGER NOT NULL,
    filter   INTEGER NOT NULL REFERENCES wherry_filter,
    statuses BLOB NOT NULL,
    body     BLOB NOT NULL
);
CREATE INDEX wherry_segment_item ON wherry_segment (run, item);
CREATE INDEX wherry_segment_filter ON wherry_segment (filter);

-- The latest of every item, in pages of entries sorted by hash.
CREATE TABLE wherry_state (
    migration  TEXT NOT NULL,
    item       TEXT NOT NULL,
    first_hash INTEGER NOT NULL, -- of the page; in signed order
    entries    INTEGER NOT NULL,
    page       BLOB NOT NULL,
    PRIMARY KEY (migration, item, first_hash)
);

-- Up to which segment the pages were made.
CREATE TABLE wherry_state_mark (
    migration TEXT NOT NULL,
    item      TEXT NOT NULL,
    segment   INTEGER NOT NULL,
    at        TEXT NOT NULL,
    PRIMARY KEY (migration, item)
);

-- Items that were rejected or failed. A text that was cut has its whole length and hash beside it.
CREATE TABLE wherry_failure (
    id             INTEGER PRIMARY KEY,
    run            INTEGER NOT NULL REFERENCES wherry_run,
    item           TEXT NOT NULL,
    segment        INTEGER,          -- the group it was in
    status         TEXT NOT NULL CHECK (status IN ('rejected', 'failed')),
    key            TEXT,             -- NULL where none could be read
    stage          TEXT NOT NULL,    -- read, clean, key, map, expect, write
    rule           TEXT,
    column_name    TEXT,
    message        TEXT NOT NULL,
    sqlstate       TEXT,
    place          TEXT,             -- people.csv:1203
    at             TEXT NOT NULL,
    source         TEXT,             -- the record as one JSON object of texts
    raw            TEXT,             -- of a record that could not be read: its bytes as base64
    key_length     INTEGER, key_hash     TEXT,
    message_length INTEGER, message_hash TEXT,
    source_length  INTEGER, source_hash  TEXT,
    raw_length     INTEGER, raw_hash     TEXT
);
CREATE INDEX wherry_failure_item ON wherry_failure (run, item, segment);
CREATE INDEX wherry_failure_key ON wherry_failure (key, item);

CREATE TABLE wherry_rule (
    run     INTEGER NOT NULL REFERENCES wherry_run,
    item    TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    kind    TEXT NOT NULL, -- set, reject, skip, duplicates, expect, warn
    name    TEXT NOT NULL,
    hits    INTEGER NOT NULL,
    PRIMARY KEY (run, item, ordinal)
);

-- Every item as a plain row, where the migration file asks for that (log: rows).
CREATE TABLE wherry_row (
    run    INTEGER NOT NULL,
    item   TEXT NOT NULL,
    key    TEXT,
    status TEXT NOT NULL,
    place  TEXT,
    source TEXT,       -- images, as JSON objects of texts
    before_image TEXT,
    after_image  TEXT
);
