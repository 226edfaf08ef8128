-- +goose Up
-- A signature drawn by hand: strokes parted by ';', points by ' ', as 'x,y' on a field of 1000 by 300.
ALTER TABLE approval ADD COLUMN drawn TEXT NOT NULL DEFAULT '';
