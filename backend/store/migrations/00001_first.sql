-- +goose Up
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE object (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

-- One row per source record. raw is never edited (invariant 2).
CREATE TABLE rec (
    seq       INTEGER PRIMARY KEY,
    object    INTEGER NOT NULL REFERENCES object (id),
    id        TEXT    NOT NULL,
    fate      INTEGER NOT NULL DEFAULT 0,
    decision  INTEGER NOT NULL DEFAULT 0,
    survivor  INTEGER NOT NULL DEFAULT 0,
    repeat_of TEXT    NOT NULL DEFAULT '',
    pass      INTEGER NOT NULL,
    hash      BLOB    NOT NULL,
    version   TEXT    NOT NULL DEFAULT '',
    name      TEXT    NOT NULL DEFAULT '',
    place     TEXT    NOT NULL DEFAULT '',
    raw       BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX rec_key ON rec (object, id);
-- seq follows by itself: pages of one object in staging order.
CREATE INDEX rec_object ON rec (object);
CREATE INDEX rec_fate ON rec (object, fate, seq);
CREATE INDEX rec_decision ON rec (decision, seq) WHERE decision <> 0;
CREATE INDEX rec_repeat ON rec (object, seq) WHERE repeat_of <> '';

-- Invariant 1: the accounts are kept by the database itself, in the same transaction.
CREATE TABLE tally (object INTEGER NOT NULL, fate INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (object, fate)) STRICT, WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER rec_in AFTER INSERT ON rec BEGIN
    INSERT INTO tally VALUES (new.object, new.fate, 1) ON CONFLICT (object, fate) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER rec_out AFTER DELETE ON rec BEGIN
    UPDATE tally SET n = n - 1 WHERE object = old.object AND fate = old.fate;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER rec_move AFTER UPDATE OF fate ON rec WHEN old.fate <> new.fate BEGIN
    UPDATE tally SET n = n - 1 WHERE object = old.object AND fate = old.fate;
    INSERT INTO tally VALUES (new.object, new.fate, 1) ON CONFLICT (object, fate) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd

CREATE TABLE link (
    seq    INTEGER NOT NULL,
    role   TEXT    NOT NULL,
    pos    INTEGER NOT NULL,
    cand   INTEGER NOT NULL,
    object INTEGER NOT NULL,
    by     TEXT    NOT NULL,
    value  TEXT    NOT NULL,
    PRIMARY KEY (seq, role, pos, cand)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_to ON link (object, by, value, role);

-- Values by which links name records other than by id; folded: trimmed, lower case.
CREATE TABLE alias (
    object INTEGER NOT NULL,
    field  TEXT    NOT NULL,
    value  TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (object, field, value, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE reading (
    object INTEGER PRIMARY KEY,
    pass   INTEGER NOT NULL,
    cursor TEXT    NOT NULL,
    done   INTEGER NOT NULL,
    seen   INTEGER NOT NULL DEFAULT 0,
    again  INTEGER NOT NULL DEFAULT 0,
    at     TEXT    NOT NULL
) STRICT;

-- Why a record is held. stage: where it was held (stage, plan, run); only plan and run can be tried again.
CREATE TABLE held (
    seq   INTEGER NOT NULL,
    n     INTEGER NOT NULL,
    stage TEXT    NOT NULL,
    code  TEXT    NOT NULL,
    field TEXT    NOT NULL,
    body  TEXT    NOT NULL,
    PRIMARY KEY (seq, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_code ON held (code, field, seq);

-- The content of attachments: where it is, or why it could not be had.
CREATE TABLE file (
    seq     INTEGER PRIMARY KEY,
    ref     TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    type    TEXT    NOT NULL,
    hash    TEXT    NOT NULL,
    size    INTEGER NOT NULL,
    problem TEXT    NOT NULL
) STRICT;

CREATE TABLE decision (
    id        INTEGER PRIMARY KEY,
    at        TEXT NOT NULL,
    name      TEXT NOT NULL,
    role      TEXT NOT NULL,
    rule      TEXT NOT NULL,
    does      TEXT NOT NULL,
    object    TEXT NOT NULL,
    title     TEXT NOT NULL,
    why       TEXT NOT NULL,
    settings  TEXT NOT NULL,
    n         INTEGER NOT NULL,
    undone_at TEXT NOT NULL DEFAULT '',
    undone_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE decision_rec (decision INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (decision, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE profile (object TEXT PRIMARY KEY, at TEXT NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE mapping (
    number INTEGER PRIMARY KEY,
    at     TEXT NOT NULL,
    name   TEXT NOT NULL,
    role   TEXT NOT NULL,
    reason TEXT NOT NULL,
    hash   TEXT NOT NULL,
    body   TEXT NOT NULL
) STRICT;

CREATE TABLE plan (
    id      INTEGER PRIMARY KEY,
    at      TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    role    TEXT    NOT NULL,
    scope   TEXT    NOT NULL,
    mapping INTEGER NOT NULL,
    ready   INTEGER NOT NULL DEFAULT 0,
    body    TEXT    NOT NULL
) STRICT;
CREATE TABLE plan_item (
    plan   INTEGER NOT NULL,
    object INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    action INTEGER NOT NULL,
    draft  BLOB,
    body   TEXT,
    PRIMARY KEY (plan, object, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX plan_item_action ON plan_item (plan, action, object, seq);

CREATE TABLE run (
    id       INTEGER PRIMARY KEY,
    kind     TEXT    NOT NULL,
    plan     INTEGER NOT NULL DEFAULT 0,
    of       INTEGER NOT NULL DEFAULT 0,
    name     TEXT    NOT NULL,
    role     TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    started  TEXT    NOT NULL,
    finished TEXT    NOT NULL DEFAULT '',
    error    TEXT    NOT NULL DEFAULT '',
    proof    TEXT    NOT NULL DEFAULT ''
) STRICT;

-- One row per source record that we ever meant to create. Invariant 3: the row with
-- state 1 (intended) is committed before the request leaves.
CREATE TABLE ledger (
    seq      INTEGER PRIMARY KEY,
    object   INTEGER NOT NULL,
    target   TEXT    NOT NULL,
    mark     TEXT    NOT NULL UNIQUE,
    run      INTEGER NOT NULL,
    state    INTEGER NOT NULL,
    id       TEXT    NOT NULL DEFAULT '',
    version  TEXT    NOT NULL DEFAULT '',
    draft    BLOB,
    at       TEXT    NOT NULL
) STRICT;
CREATE INDEX ledger_state ON ledger (state, object, seq);
CREATE INDEX ledger_run ON ledger (run, state, object, seq);
CREATE TABLE run_count (run INTEGER NOT NULL, object INTEGER NOT NULL, what TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (run, object, what)) STRICT, WITHOUT ROWID;

CREATE TABLE checking (
    id     INTEGER PRIMARY KEY,
    at     TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    passed INTEGER NOT NULL,
    body   TEXT    NOT NULL
) STRICT;
CREATE TABLE difference (
    checking INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    code     TEXT    NOT NULL,
    object   TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    target   TEXT    NOT NULL,
    field    TEXT    NOT NULL,
    expected TEXT    NOT NULL,
    found    TEXT    NOT NULL,
    PRIMARY KEY (checking, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX difference_code ON difference (checking, code, object, n);
-- What the target gave back, by mark, for the check that runs now.
CREATE TABLE readback (
    n      INTEGER PRIMARY KEY,
    object TEXT NOT NULL,
    id     TEXT NOT NULL,
    mark   TEXT NOT NULL,
    links  TEXT NOT NULL,
    raw    BLOB NOT NULL
) STRICT;
CREATE INDEX readback_mark ON readback (mark);

CREATE TABLE approval (
    id        INTEGER PRIMARY KEY,
    at        TEXT NOT NULL,
    kind      TEXT NOT NULL,
    name      TEXT NOT NULL,
    role      TEXT NOT NULL,
    statement TEXT NOT NULL,
    subject   TEXT NOT NULL
) STRICT;

-- Invariant 14: append-only, each line bound to the one before it by its hash.
CREATE TABLE audit (
    n      INTEGER PRIMARY KEY,
    at     TEXT NOT NULL,
    name   TEXT NOT NULL,
    role   TEXT NOT NULL,
    what   TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash   TEXT NOT NULL
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit BEGIN SELECT RAISE (ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE (ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
