-- SPDX-License-Identifier: Apache-2.0
-- Version 1 of the ledger. docs/ledger.md describes every table and column.
-- Times are UTC, as '2026-01-31 12:34:56.123456Z'. Flags are 0 or 1.

-- A role that may not make schemas finds one that somebody made for it.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'wherry') THEN
        CREATE SCHEMA wherry;
    END IF;
END
$$;

CREATE TABLE wherry.ledger (
    version     integer NOT NULL PRIMARY KEY, -- of the schema: one row for each step that was taken
    destination text NOT NULL,                -- what names the destination that it belongs to
    wherry      text NOT NULL,                -- the program that took the step
    at          text NOT NULL
);

CREATE TABLE wherry.run (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration   text NOT NULL,
    state       text NOT NULL
                CHECK (state IN ('running', 'done', 'interrupted', 'stopped', 'failed', 'abandoned')),
    is_partial  smallint NOT NULL,
    started_at  text NOT NULL,
    finished_at text,
    reason      text,          -- why it was stopped, failed or abandoned
    who         text NOT NULL,
    wherry      text NOT NULL, -- the program's version
    options     text NOT NULL, -- as given, one JSON object
    file        text NOT NULL  -- the migration file, before substitution
);

CREATE TABLE wherry.item (
    run             bigint NOT NULL,
    item            text NOT NULL,
    ordinal         integer NOT NULL, -- the order of migration
    destination     text NOT NULL,    -- the table
    fingerprint     bigint NOT NULL,  -- of definition, column types and wherry's conversions
    source_identity text NOT NULL,    -- files: names, sizes, times
    has_images      smallint NOT NULL,
    records         bigint,           -- in the source; NULL where that is not known
    is_done         smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (run, item)
);

-- Counts are those of the groups committed so far.
CREATE TABLE wherry.chunk (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run        bigint NOT NULL,
    item       text NOT NULL,
    spec       bytea NOT NULL,            -- the source's own words for the part
    records    bigint,                    -- in the chunk; NULL where that is not known
    size       bigint NOT NULL,           -- bytes of the source
    owner      text,                      -- the process that works on it
    is_started smallint NOT NULL DEFAULT 0,
    position   bigint NOT NULL DEFAULT 0, -- of the first byte that is not done
    digest     bigint NOT NULL DEFAULT 0, -- of the bytes that are done
    is_done    smallint NOT NULL DEFAULT 0,
    read       bigint NOT NULL DEFAULT 0,
    inserted   bigint NOT NULL DEFAULT 0,
    updated    bigint NOT NULL DEFAULT 0,
    unchanged  bigint NOT NULL DEFAULT 0,
    skipped    bigint NOT NULL DEFAULT 0,
    rejected   bigint NOT NULL DEFAULT 0,
    failed     bigint NOT NULL DEFAULT 0,
    deleted    bigint NOT NULL DEFAULT 0
);
CREATE INDEX chunk_item ON wherry.chunk (run, item);

-- Which keys a group may hold. Groups with the same keys, as of a rerun, share one.
CREATE TABLE wherry.filter (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash      bigint NOT NULL, -- of the bits
    least_key bytea NOT NULL,  -- in the order of bytes; no more than the first 64 bytes
    last_key  bytea NOT NULL,  -- likewise
    bits      bytea NOT NULL
);
CREATE INDEX filter_hash ON wherry.filter (hash);
CREATE INDEX filter_keys ON wherry.filter (least_key, last_key);
ALTER TABLE wherry.filter ALTER COLUMN bits SET STORAGE EXTERNAL;

-- The log of one group of items. What is asked for most stands before what is large.
CREATE TABLE wherry.segment (
    -- Never used again: state tells new from old by it.
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run      bigint NOT NULL,
    chunk    bigint,
    item     text NOT NULL,
    at       text NOT NULL,
    items    integer NOT NULL,
    filter   bigint NOT NULL,
    statuses bytea NOT NULL,
    body     bytea NOT NULL
);
CREATE INDEX segment_item ON wherry.segment (run, item);
CREATE INDEX segment_filter ON wherry.segment (filter);
-- They are compressed already.
ALTER TABLE wherry.segment
    ALTER COLUMN statuses SET STORAGE EXTERNAL,
    ALTER COLUMN body SET STORAGE EXTERNAL;

-- The latest of every item, in pages of entries sorted by hash.
CREATE TABLE wherry.state (
    migration  text NOT NULL,
    item       text NOT NULL,
    first_hash bigint NOT NULL, -- of the page; in signed order
    entries    bigint NOT NULL,
    page       bytea NOT NULL,
    PRIMARY KEY (migration, item, first_hash)
);
-- A page stands in its row where it can.
ALTER TABLE wherry.state ALTER COLUMN page SET STORAGE EXTERNAL;
ALTER TABLE wherry.state SET (toast_tuple_target = 8160);

-- Up to which segment the pages were made.
CREATE TABLE wherry.state_mark (
    migration text NOT NULL,
    item      text NOT NULL,
    segment   bigint NOT NULL,
    at        text NOT NULL,
    PRIMARY KEY (migration, item)
);

-- Items that were rejected or failed. A text that was cut has its whole length and hash beside it.
CREATE TABLE wherry.failure (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run            bigint NOT NULL,
    item           text NOT NULL,
    segment        bigint,        -- the group it was in
    status         text NOT NULL CHECK (status IN ('rejected', 'failed')),
    key            text,          -- NULL where none could be read
    stage          text NOT NULL, -- read, clean, key, map, expect, write
    rule           text,
    column_name    text,
    message        text NOT NULL,
    sqlstate       text,
    place          text,          -- people.csv:1203
    at             text NOT NULL,
    source         text,          -- the record as one JSON object of texts
    raw            text,          -- of a record that could not be read: its bytes as base64
    key_length     bigint, key_hash     text,
    message_length bigint, message_hash text,
    source_length  bigint, source_hash  text,
    raw_length     bigint, raw_hash     text
);
CREATE INDEX failure_item ON wherry.failure (run, item, segment);
-- A key may be longer than a sorted index takes.
CREATE INDEX failure_key ON wherry.failure USING hash (key);

CREATE TABLE wherry.rule (
    run     bigint NOT NULL,
    item    text NOT NULL,
    ordinal integer NOT NULL,
    kind    text NOT NULL, -- set, reject, skip, duplicates, expect, warn
    name    text NOT NULL,
    hits    bigint NOT NULL,
    PRIMARY KEY (run, item, ordinal)
);

-- Every item as a plain row, where the migration file asks for that (log: rows).
CREATE TABLE wherry.row (
    run    bigint NOT NULL,
    item   text NOT NULL,
    key    text,
    status text NOT NULL,
    place  text,
    source text, -- images, as JSON objects of texts
    before_image text,
    after_image  text
);
