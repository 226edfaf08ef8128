-- +goose Up
-- What the source desk does by itself, and its canned answers: listed to be built again.
-- body is the rule in words as JSON, hash covers it; was is the body before its last change.
-- first, seen and changed are numbers of readings: one that was not seen in the newest is gone.
-- built is the hash for which a person stated the state.
CREATE TABLE rule (
    id      INTEGER PRIMARY KEY,
    kind    TEXT    NOT NULL,
    rid     TEXT    NOT NULL,
    place   INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    hash    TEXT    NOT NULL,
    was     TEXT    NOT NULL DEFAULT '',
    first   INTEGER NOT NULL,
    seen    INTEGER NOT NULL,
    changed INTEGER NOT NULL DEFAULT 0,
    uses    INTEGER NOT NULL DEFAULT -1,
    state   TEXT    NOT NULL DEFAULT 'open',
    owner   TEXT    NOT NULL DEFAULT '',
    note    TEXT    NOT NULL DEFAULT '',
    built   TEXT    NOT NULL DEFAULT '',
    by_name TEXT    NOT NULL DEFAULT '',
    by_role TEXT    NOT NULL DEFAULT '',
    at      TEXT    NOT NULL DEFAULT '',
    UNIQUE (kind, rid)
) STRICT;

-- Readings of them. missing lists in words, as JSON, what the account may not see.
CREATE TABLE rule_reading (
    n       INTEGER PRIMARY KEY,
    at      TEXT    NOT NULL,
    account TEXT    NOT NULL,
    hash    TEXT    NOT NULL,
    rules   INTEGER NOT NULL,
    added   INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    gone    INTEGER NOT NULL,
    missing TEXT    NOT NULL
) STRICT;
