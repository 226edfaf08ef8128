-- +goose Up
-- Records that a source record needs in the target beside its own: the rest of a long
-- text, a file that holds it, a note about a conflict. States as in ledger.
CREATE TABLE extra (
    seq     INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    object  INTEGER NOT NULL,
    what    TEXT    NOT NULL,
    target  TEXT    NOT NULL,
    mark    TEXT    NOT NULL UNIQUE,
    run     INTEGER NOT NULL,
    state   INTEGER NOT NULL,
    id      TEXT    NOT NULL DEFAULT '',
    version TEXT    NOT NULL DEFAULT '',
    at      TEXT    NOT NULL,
    PRIMARY KEY (seq, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX extra_state ON extra (state, object, seq);
CREATE INDEX extra_run ON extra (run, state, object, seq);

-- Links that were left out when their record was created, because what they lead to comes
-- later, or stays behind and may come after all.
CREATE TABLE later (seq INTEGER NOT NULL, field TEXT NOT NULL, goes_to INTEGER NOT NULL, PRIMARY KEY (seq, field)) STRICT, WITHOUT ROWID;
-- The same while a plan is made: to is the place of the record that the link leads to.
CREATE TABLE plan_later (plan INTEGER NOT NULL, seq INTEGER NOT NULL, field TEXT NOT NULL, object INTEGER NOT NULL, goes_to INTEGER NOT NULL, PRIMARY KEY (plan, seq, field)) STRICT, WITHOUT ROWID;

-- What the target will not have as the source has it, record by record.
CREATE TABLE plan_loss (plan INTEGER NOT NULL, code TEXT NOT NULL, object INTEGER NOT NULL, field TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (plan, code, object, field, seq)) STRICT, WITHOUT ROWID;
-- The records that a plan of a part of the source is about.
CREATE TABLE plan_pick (plan INTEGER NOT NULL, object INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (plan, object, seq)) STRICT, WITHOUT ROWID;
ALTER TABLE plan ADD COLUMN part TEXT NOT NULL DEFAULT '';

-- The first record of each object of a run, as it was meant and as it came back.
CREATE TABLE canary (run INTEGER NOT NULL, n INTEGER NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, n)) STRICT, WITHOUT ROWID;

-- Records whose deletion in the target is under way: committed before the request leaves,
-- so that after a crash they are asked for. n as in extra, 0 is the record itself.
CREATE TABLE doomed (seq INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (seq, n)) STRICT, WITHOUT ROWID;

-- The accounts of an object have all their lines from the first record on, so that a new
-- fate only changes lines that are there: a run does this for every record.
INSERT INTO tally SELECT o.object, f.value, 0 FROM (SELECT DISTINCT object FROM tally) o, json_each('[0,1,2,3,4,5]') f WHERE true
    ON CONFLICT (object, fate) DO NOTHING;
-- +goose StatementBegin
CREATE TRIGGER tally_whole AFTER INSERT ON tally BEGIN
    INSERT INTO tally SELECT new.object, value, 0 FROM json_each('[0,1,2,3,4,5]') WHERE value <> new.fate;
END;
-- +goose StatementEnd
DROP TRIGGER rec_move;
-- +goose StatementBegin
CREATE TRIGGER rec_move AFTER UPDATE OF fate ON rec WHEN old.fate <> new.fate BEGIN
    UPDATE tally SET n = n - 1 WHERE object = old.object AND fate = old.fate;
    UPDATE tally SET n = n + 1 WHERE object = new.object AND fate = new.fate;
END;
-- +goose StatementEnd
