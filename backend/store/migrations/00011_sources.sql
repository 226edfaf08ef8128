-- +goose Up
-- What decisions gave a changed record when it was last written, as JSON; empty: the same as
-- now. A value of another source that wins is a change, though the record itself is as it was.
ALTER TABLE change ADD COLUMN fixes TEXT NOT NULL DEFAULT '';
