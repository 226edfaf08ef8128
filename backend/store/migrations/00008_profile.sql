-- +goose Up
-- Records behind a finding of the profile that no filter can express: found once, when it is measured.
CREATE TABLE finding_rec (
    object INTEGER NOT NULL,
    code   TEXT    NOT NULL,
    field  TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (object, code, field, seq)
) STRICT, WITHOUT ROWID;

-- What a person said about a finding: accepted as it is, or decided elsewhere. n is what it counted then:
-- a finding that grew since is open again.
CREATE TABLE finding_state (
    object TEXT    NOT NULL,
    code   TEXT    NOT NULL,
    field  TEXT    NOT NULL,
    state  TEXT    NOT NULL,
    n      INTEGER NOT NULL,
    why    TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    role   TEXT    NOT NULL,
    at     TEXT    NOT NULL,
    PRIMARY KEY (object, code, field)
) STRICT, WITHOUT ROWID;
