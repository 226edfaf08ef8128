-- +goose Up
-- The names of one record: to forget them when it changes, and to find what hangs on it by them.
CREATE INDEX alias_seq ON alias (seq);
