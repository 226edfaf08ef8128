-- +goose Up
-- Records that a person looks at in both desks, and what they say of them.
CREATE TABLE spot (
    seq      INTEGER PRIMARY KEY REFERENCES rec (seq) ON DELETE CASCADE,
    reviewer TEXT NOT NULL,
    band     TEXT NOT NULL,
    why      TEXT NOT NULL,
    verdict  TEXT NOT NULL DEFAULT '',
    note     TEXT NOT NULL DEFAULT '',
    picture  TEXT NOT NULL DEFAULT '',
    at       TEXT NOT NULL DEFAULT '',
    name     TEXT NOT NULL DEFAULT '',
    role     TEXT NOT NULL DEFAULT ''
) STRICT;
