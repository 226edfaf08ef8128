-- +goose Up
-- Tables that people import so that the mapping can look values up in them.
CREATE TABLE lookup (
    id      INTEGER PRIMARY KEY,
    title   TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    at      TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    role    TEXT    NOT NULL,
    file    TEXT    NOT NULL,
    sha256  TEXT    NOT NULL,
    columns TEXT    NOT NULL,
    rows    INTEGER NOT NULL
) STRICT;
CREATE TABLE lookup_row (
    lookup INTEGER NOT NULL REFERENCES lookup (id) ON DELETE CASCADE,
    n      INTEGER NOT NULL,
    cells  TEXT    NOT NULL,
    PRIMARY KEY (lookup, n)
) STRICT, WITHOUT ROWID;

-- People, groups and their like of the target, as it was asked last.
CREATE TABLE target_person (
    object TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    title  TEXT    NOT NULL,
    email  TEXT    NOT NULL,
    active INTEGER NOT NULL,
    role   TEXT    NOT NULL,
    PRIMARY KEY (object, id)
) STRICT, WITHOUT ROWID;

-- The target's configuration, frozen: what the mapping was made for.
CREATE TABLE frozen (
    id      INTEGER PRIMARY KEY,
    at      TEXT NOT NULL,
    name    TEXT NOT NULL,
    role    TEXT NOT NULL,
    why     TEXT NOT NULL,
    account TEXT NOT NULL,
    hash    TEXT NOT NULL,
    body    TEXT NOT NULL
) STRICT;

-- Dry validations: everything staged was transformed, and nothing was sent.
CREATE TABLE dry (
    id      INTEGER PRIMARY KEY,
    at      TEXT NOT NULL,
    name    TEXT NOT NULL,
    role    TEXT NOT NULL,
    mapping TEXT NOT NULL,
    shape   TEXT NOT NULL,
    body    TEXT NOT NULL
) STRICT;
CREATE TABLE dry_held (
    dry  INTEGER NOT NULL REFERENCES dry (id) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (dry, part, seq)
) STRICT, WITHOUT ROWID;
