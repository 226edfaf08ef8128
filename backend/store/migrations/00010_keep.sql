-- +goose Up
-- What of the project lies somewhere else, and what restoring it for a test showed.
CREATE TABLE backup (
    id    INTEGER PRIMARY KEY,
    at    TEXT NOT NULL,
    name  TEXT NOT NULL,
    role  TEXT NOT NULL,
    place TEXT NOT NULL,
    file  TEXT NOT NULL,
    body  TEXT NOT NULL
) STRICT;
CREATE TABLE backup_test (
    id     INTEGER PRIMARY KEY,
    backup INTEGER NOT NULL,
    at     TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    role   TEXT    NOT NULL,
    passed INTEGER NOT NULL,
    body   TEXT    NOT NULL
) STRICT;

-- Who was erased on request, without saying who it was: the certificate's number, and what
-- keeps the same records from being read in again.
CREATE TABLE erasure (
    id     INTEGER PRIMARY KEY,
    at     TEXT NOT NULL,
    name   TEXT NOT NULL,
    role   TEXT NOT NULL,
    why    TEXT NOT NULL,
    digest TEXT NOT NULL,
    body   TEXT NOT NULL
) STRICT;
CREATE TABLE erased (
    object  INTEGER NOT NULL,
    id_hash BLOB    NOT NULL,
    erasure INTEGER NOT NULL,
    PRIMARY KEY (object, id_hash)
) STRICT, WITHOUT ROWID;
