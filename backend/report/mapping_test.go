package report

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func mappingDoc() MappingDoc {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	d := MappingDoc{
		Project: "Halden move", Company: "Halden AG", Source: "Old desk", Target: "New desk", Version: 3, Hash: strings.Repeat("ab12", 16), Author: "Ann Lead", Reason: "After the call with support", At: at,
		Approvals: []Approval{{Name: "Bea Stein", Role: "Head of support", At: at, Statement: "Approved on 2026-11-21 in the workbook."}},
		People:    []MappingPerson{{Kind: "Agents", Name: "=Jim \u202Eevil", Email: "jim@old.example", Becomes: "Legacy, who stands in", Count: 7}, {Kind: "Groups", Name: "Vertrieb", Becomes: "nobody: left empty"}},
		Decisions: []Decision{{Rule: "Spam", Object: "Tickets", Fate: "Left out", Count: 120, Who: "Ann", When: at, Why: "Nobody reads it."}},
		Twins:     []string{"Customers: 3 groups of duplicates were merged into one record each, 1 were found to be different ones, 0 wait for a decision."},
		Versions:  []MappingVersion{{Number: 3, At: at, Author: "Ann Lead", Reason: "After the call", Approved: "Bea Stein"}, {Number: 2, At: at, Author: "Ann Lead", Reason: "First"}},
	}
	o := MappingObject{From: "Tickets", To: "Conversations", Rows: 12_345, Unused: []MappingUnused{{Name: "cost_centre", Type: "text", Filled: 70}}}
	for i := range 60 {
		f := MappingField{
			Name: fmt.Sprintf("Field %d", i), Type: "One of a list", Required: i%7 == 0, Rule: "Copied from [Betreff]. If there is none, the record is held.", State: "Reviewed", Owner: "Mia Weber",
			Meaning: "What it is about.", Before: "Offen", After: "open",
		}
		if i%9 == 0 {
			f.Excluded, f.Why = true, "No source field fits."
		}
		if i == 3 {
			f.Rule, f.Values = "[Status] is looked up in a list of 40 values.", nil
			for n := range 40 {
				f.Values = append(f.Values, MappingValue{From: fmt.Sprintf("Wert %d 日本語", n), To: "open", Count: int64(n), Open: n == 5})
			}
			f.Values[6].To = ""
		}
		o.Fields = append(o.Fields, f)
	}
	d.Objects = []MappingObject{o, {From: "Leads", To: "Opportunities", When: `[Status]="X"`, Fields: []MappingField{{Name: "Name", Type: "Text", Rule: "Copied from [Name]."}}}, {From: "Widgets", Why: "Nobody needs them."}}
	return d
}

// the mapping document, the same bytes for the same mapping.
func TestMappingDocument_R233_sameBytesEachTime(t *testing.T) {
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := WriteMapping(w, mappingDoc()); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same mapping gave two papers")
	}
	if !bytes.HasPrefix(a.Bytes(), []byte("%PDF")) || a.Len() < 10_000 {
		t.Errorf("%d bytes that begin with %q", a.Len(), a.Bytes()[:8])
	}
	if dir := os.Getenv("WAYBILL_KEEP"); dir != "" { // to look at it
		if err := os.WriteFile(dir+"/document.pdf", a.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMappingDocument_withoutADateIsRefused(t *testing.T) {
	var w bytes.Buffer
	d := mappingDoc()
	d.At = time.Time{}
	if err := WriteMapping(&w, d); err == nil || w.Len() > 0 {
		t.Errorf("%v and %d bytes", err, w.Len())
	}
}

func TestMappingDocument_anEmptyOneIsAPaperToo(t *testing.T) {
	var w bytes.Buffer
	if err := WriteMapping(&w, MappingDoc{Project: "x", At: time.Unix(1, 0)}); err != nil || w.Len() == 0 {
		t.Error(err)
	}
}
