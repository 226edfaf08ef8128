package practice_test

import (
	"os"
	"path/filepath"
	"testing"

	"waybill/backend/practice"
)

// Whatever stands in a state file, opening it gives a desk or an error.
func FuzzState(f *testing.F) {
	for _, seed := range []string{
		"", "[]\n", "[\"field\"]\n", "[\"option\",\"ticket\"]\n", "[\"mail\"]\n", "[\"mail\",\"x\"]\n", "[\"put\",\"\n", "[\"put\",\"group\"\n", "[\"put\",\"group\",]\n",
		"[\"put\",\"group\",{\"id\":\"1\",\"version\":1,\"name\":\"x\"}]\n[\"delete\",\"group\",\"1\"]\n[\"delete\",\"group\",\"1\"]\n",
		"[\"put\",\"ticket\",{\"id\":\"1\",\"version\":1,\"requester\":\"4294967295\",\"group\":\"0\"}]\n[\"put\",\"ticket\",{\"id\":\"1\",\"version\":2}]\n",
		"[\"put\",\"group\",{\"id\":\"1\",\"version\":1}]\n[\"put\",\"ticket\",{\"id\":\"1\",\"version\":2}]\n",
		"[\"field\",{\"object\":\"ticket\",\"name\":\"a\",\"type\":\"option\"}]\n[\"option\",\"ticket\",\"a\",{\"value\":\"v\"}]\n[\"token\",\"t\"]\n",
		"[\"put\",\"group\",{\"id\":\"1\",\"version\":1}]\n[\"put\",\"group\",{\"id\":\"2\",\"version\":1}]\n[\"delete\",\"group\",\"1\",7,\"2\"]\n[\"delete\",\"group\",\"2\",7,\"2\"]\n",
		"[\"put\",\"group\",{\"id\":\"1\",\"version\":1}]\n[\"redact\",\"group\",{\"id\":\"1\",\"version\":2},7]\n[\"redact\",\"group\",{\"id\":\"2\",\"version\":2}]\n",
		"[\"redact\",\"group\"]\n", "[\"trigger\",{\"id\":\"9\",\"kind\":\"mail\",\"name\":\"x\",\"on\":[\"group\"]}]\n[\"trigger\"]\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, state []byte) {
		path := filepath.Join(t.TempDir(), "desk.jsonl")
		if err := os.WriteFile(path, state, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := practice.New(practice.Options{State: path})
		if err != nil {
			return
		}
		stats := d.Stats()
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d, err = practice.New(practice.Options{State: path})
		if err != nil {
			t.Fatalf("a state that was opened once is refused: %v", err)
		}
		for o, n := range d.Stats().Objects {
			if n != stats.Objects[o] {
				t.Errorf("%s: %d, then %d", o, stats.Objects[o], n)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
