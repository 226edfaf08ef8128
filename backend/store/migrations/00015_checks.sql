-- +goose Up
-- A check that runs: what was meant to arrive and what the target gave, by a number made of
-- the record's mark, each with one hash of its content. They are joined by that number, and
-- only what differs is looked at field by field. mask says which fields the hash covers.
CREATE TABLE check_want (
    key    INTEGER PRIMARY KEY,
    seq    INTEGER NOT NULL,
    object INTEGER NOT NULL,
    part   INTEGER NOT NULL,
    hash   INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    mask   BLOB    NOT NULL
) STRICT;
-- more: the target has a second one of the same mark.
CREATE TABLE check_got (
    key  INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,
    n    INTEGER NOT NULL,
    at   INTEGER NOT NULL,
    more INTEGER NOT NULL DEFAULT 0,
    id   TEXT    NOT NULL
) STRICT;
-- What is to be looked at field by field.
CREATE TABLE check_deep (object INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (object, seq)) STRICT, WITHOUT ROWID;
-- Values that may stand only once, such as addresses: how often they were meant to be there, and are.
CREATE TABLE check_value (
    key   INTEGER PRIMARY KEY,
    want  INTEGER NOT NULL,
    got   INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    field TEXT    NOT NULL,
    ids   TEXT    NOT NULL
) STRICT;
-- How far the target was read, and what was counted so far: a check goes on after a crash.
CREATE TABLE check_at (object TEXT PRIMARY KEY, cursor TEXT NOT NULL, done INTEGER NOT NULL, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE check_state (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL) STRICT;
-- Files that this check downloaded already.
CREATE TABLE check_file (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
-- What a person accepted in writing although a check did not pass. failed is what it said then.
CREATE TABLE check_waiver (
    code   TEXT    NOT NULL,
    object TEXT    NOT NULL,
    failed INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    role   TEXT    NOT NULL,
    at     TEXT    NOT NULL,
    why    TEXT    NOT NULL,
    PRIMARY KEY (code, object)
) STRICT, WITHOUT ROWID;

-- The records of the pilot, each with why it is one; hand: a person added it (1) or took it out (2).
CREATE TABLE pilot (
    seq    INTEGER PRIMARY KEY,
    object INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    hand   INTEGER NOT NULL,
    why    TEXT    NOT NULL
) STRICT;
