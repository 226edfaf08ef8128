-- +goose Up
-- The record that a planned one goes along with, in one request: its place; 0: none.
ALTER TABLE plan_item ADD COLUMN whole INTEGER NOT NULL DEFAULT 0;
CREATE INDEX plan_item_whole ON plan_item (plan, whole, object, seq) WHERE whole <> 0;
-- 1: it was in the target before us. It was looked up, not created, and is never taken back.
ALTER TABLE ledger ADD COLUMN before INTEGER NOT NULL DEFAULT 0;
