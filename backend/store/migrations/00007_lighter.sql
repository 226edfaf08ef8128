-- +goose Up
-- A run gives each record two lines of the ledger and a fate. What it need not touch lies
-- elsewhere: the content of a record in a table of its own, so that a new fate rewrites a
-- few bytes and not the whole record; and the ledger's indexes hold only the states that
-- are looked for, so that each line enters and leaves as few as possible.
CREATE TABLE raw (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
INSERT INTO raw SELECT seq, raw FROM rec ORDER BY seq;
ALTER TABLE rec DROP COLUMN raw;
DROP TRIGGER rec_out;
-- +goose StatementBegin
CREATE TRIGGER rec_out AFTER DELETE ON rec BEGIN
    UPDATE tally SET n = n - 1 WHERE object = old.object AND fate = old.fate;
    DELETE FROM raw WHERE seq = old.seq;
END;
-- +goose StatementEnd

DROP INDEX ledger_state;
DROP INDEX ledger_run;
CREATE INDEX ledger_open ON ledger (object, seq) WHERE state = 1;
CREATE INDEX ledger_unknown ON ledger (object, seq) WHERE state = 6;
CREATE INDEX ledger_sent ON ledger (object, seq, run, state) WHERE state IN (2, 3);
