package report

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What the profile says can be searched and copied, in the order in which it is read.
func TestProfile_itsTextIsExtractedInOrder(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed here; build/setup test installs it")
	}
	f := Profile{
		Project: "Kestrelmoor", Company: "Kestrelmoor Ltd", Source: "Old desk", MeasuredAt: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Points: 71, Enough: 80, Formula: "100 points, less for each open finding.",
		Order: []ProfileStep{{Title: "Customers", Rows: 10}, {Title: "Tickets", Rows: 2000, On: "Customers", Broken: 3}},
		Findings: []ProfileFinding{
			{Severity: "Holds records", Where: "Tickets, status", What: "Firstfinding stands before", Means: "It would be held.", Fix: "Decide.", Count: 12, State: "Open"},
			{Severity: "Look", Where: "Tickets, größe", What: "Secondfinding with Łódź and Ελλάδα", Means: "It is odd.", Fix: "Look.", Count: 3, State: "Open"},
		},
		Objects: []ProfileObject{{Title: "Tickets", Rows: 2000, Fields: []ProfileField{{Name: "fieldalpha", Holds: "text", Top: "open", Filled: 2000, Distinct: 3, Longest: 9}, {Name: "fieldomega", Holds: "date", Top: "", Filled: 7, Distinct: 7, Longest: 20}}}},
	}
	var w bytes.Buffer
	if err := WriteProfile(&w, f); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "profile.pdf")
	if err := os.WriteFile(path, w.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), tool, "-enc", "UTF-8", path, "-").Output() //nolint:gosec // a tool of this computer, and our own file
	if err != nil {
		t.Fatal(err)
	}
	// Lines are broken where the paper ends; words are not.
	text := strings.Join(strings.Fields(string(out)), " ")
	at := 0
	for _, want := range []string{"Kestrelmoor", "Firstfinding", "Secondfinding", "Łódź", "Ελλάδα", "fieldalpha", "fieldomega"} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Fatalf("%q does not follow what stands before it: %.2000s", want, text)
		}
		at += i
	}
}
