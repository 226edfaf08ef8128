-- +goose Up
-- Where reading by change begins that must miss nothing of a pass (since), and how far it got (feed).
ALTER TABLE reading ADD COLUMN since TEXT NOT NULL DEFAULT '';
ALTER TABLE reading ADD COLUMN feed TEXT NOT NULL DEFAULT '';

-- One row per record that is in the target, or may be, and whose source is not as it was
-- when it was last written. former, links and file are that last written state.
CREATE TABLE change (
    seq     INTEGER PRIMARY KEY,
    object  INTEGER NOT NULL,
    how     INTEGER NOT NULL,
    goes_to TEXT    NOT NULL DEFAULT '',
    at      TEXT    NOT NULL,
    former  BLOB    NOT NULL,
    links   TEXT    NOT NULL,
    file    TEXT    NOT NULL DEFAULT '',
    -- settled: a person decided, and nothing changed since.
    settled INTEGER NOT NULL DEFAULT 0,
    -- sent: the run that sent it and has no outcome yet. run: the one that could not write it, and why.
    sent    INTEGER NOT NULL DEFAULT 0,
    run     INTEGER NOT NULL DEFAULT 0,
    problem TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX change_object ON change (object, seq);
CREATE INDEX change_how ON change (how, settled, object, seq);

-- What a person decided about a record that changed in both desks, or is gone at the source.
CREATE TABLE conflict (
    seq     INTEGER PRIMARY KEY,
    object  INTEGER NOT NULL,
    gone    INTEGER NOT NULL,
    choice  TEXT    NOT NULL,
    plan    INTEGER NOT NULL,
    at      TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    role    TEXT    NOT NULL,
    why     TEXT    NOT NULL,
    -- version of the target that was seen, and the one right after we wrote.
    version TEXT    NOT NULL,
    wrote   TEXT    NOT NULL DEFAULT '',
    fields  TEXT    NOT NULL
) STRICT;
CREATE INDEX conflict_object ON conflict (object, seq);

-- What is surely not in the target has nothing to change there.
-- +goose StatementBegin
CREATE TRIGGER ledger_out AFTER UPDATE OF state ON ledger WHEN new.state IN (4, 5) BEGIN
    DELETE FROM change WHERE seq = new.seq AND how IN (1, 4);
    DELETE FROM conflict WHERE seq = new.seq;
END;
-- +goose StatementEnd

-- Attachments that came by change and whose content is still to be fetched.
CREATE TABLE unfetched (seq INTEGER PRIMARY KEY) STRICT;
-- Who others live on in.
CREATE INDEX rec_survivor ON rec (survivor) WHERE survivor <> 0;
