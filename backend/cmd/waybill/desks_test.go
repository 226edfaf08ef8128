package main

import (
	"os"
	"strings"
	"testing"
)

// The README says of each desk what the desk's own description says.
func TestReadme_tableOfDesks(t *testing.T) {
	b, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "<!-- desks -->\n")
	have, _, ok := strings.Cut(rest, "\n<!-- /desks -->")
	if !ok {
		t.Fatal("README.md has no place for the table of desks")
	}
	if want := deskTable(kinds()); have != want {
		t.Errorf("README.md is behind: put the output of 'waybill desks --markdown' between the marks.\n%s", want)
	}
}
