-- +goose Up
-- Records that are the same one, surely or perhaps, as the last search found them. state:
-- open, merged, apart; what a person said stays when people are looked for again. body
-- says per member what speaks for it, picks whose value each field takes; both are JSON.
CREATE TABLE alike (
    id       INTEGER PRIMARY KEY,
    object   INTEGER NOT NULL,
    band     TEXT    NOT NULL,
    score    REAL    NOT NULL,
    state    TEXT    NOT NULL DEFAULT 'open',
    survivor INTEGER NOT NULL DEFAULT 0,
    picks    TEXT    NOT NULL DEFAULT '{}',
    decision INTEGER NOT NULL DEFAULT 0,
    by_name  TEXT    NOT NULL DEFAULT '',
    by_role  TEXT    NOT NULL DEFAULT '',
    at       TEXT    NOT NULL DEFAULT '',
    why      TEXT    NOT NULL DEFAULT '',
    body     TEXT    NOT NULL
) STRICT;
CREATE INDEX alike_list ON alike (object, state, band, score DESC, id);
CREATE INDEX alike_decision ON alike (decision) WHERE decision <> 0;
-- out: a person said that this one is somebody else.
CREATE TABLE alike_member (
    alike INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    band  TEXT    NOT NULL,
    score REAL    NOT NULL,
    out   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (alike, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX alike_seq ON alike_member (seq);

-- What a decision gives a single record instead of what the source says: a value, where a
-- link leads, or further addresses. The record itself is never edited (invariant 2).
CREATE TABLE fix (
    seq      INTEGER NOT NULL,
    field    TEXT    NOT NULL,
    how      TEXT    NOT NULL,
    decision INTEGER NOT NULL,
    value    TEXT    NOT NULL,
    PRIMARY KEY (seq, field, how, decision)
) STRICT, WITHOUT ROWID;
CREATE INDEX fix_decision ON fix (decision);

-- place orders the corrections; parts counts what was taken out of a decision later.
ALTER TABLE decision ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE decision ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
UPDATE decision SET place = id;

-- +goose StatementBegin
CREATE TRIGGER rec_forgotten AFTER DELETE ON rec BEGIN
    DELETE FROM fix WHERE seq = old.seq;
    DELETE FROM alike_member WHERE seq = old.seq;
END;
-- +goose StatementEnd
