// Package sample writes the export of Kestrelmoor Outdoor, a made-up company
// that leaves its old help desk after twelve years.
//
// The export is messy on purpose, and Truth counts every kind of mess, so that
// tests can ask whether Waybill finds all of it. The same Options give the same
// bytes anywhere: no clock, no map order, no floating point. Any size streams;
// memory does not grow with the number of tickets.
//
// A *quirk* is something wrong with one ticket on purpose; the *book* says which
// ticket has which quirk; a *world* is the options with everything derived.
package sample

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Options say how much to write.
type Options struct {
	Tickets  int    // at least MinTickets
	Messages int    // 0: 3.2 a ticket
	Contacts int    // 0: 1,200, or about half as many as there are tickets if that is more
	Seed     uint64 // the same seed gives the same bytes
	NDJSON   bool   // tickets.ndjson in place of tickets.csv (no broken rows then)
}

// MinTickets is the smallest size that has room for every quirk.
const MinTickets = 1000

const organizationCount = 150

// Default is the size that the app carries.
func Default() Options { return Options{Tickets: 2500, Messages: 8000, Contacts: 1200, Seed: 7} }

func (o Options) filled() (Options, error) {
	if o.Tickets < MinTickets {
		return o, fmt.Errorf("sample: %d tickets are too few, at least %d are needed for every quirk", o.Tickets, MinTickets)
	}
	if o.Messages == 0 {
		o.Messages = o.Tickets * 32 / 10
	}
	if o.Messages < 3*o.Tickets {
		return o, errors.New("sample: at least three messages a ticket are needed")
	}
	if o.Contacts == 0 {
		o.Contacts = max(1200, o.Tickets*12/25)
	}
	if o.Contacts < 1200 {
		return o, errors.New("sample: at least 1,200 contacts are needed")
	}
	return o, nil
}

// Write makes DIR/export and DIR/truth.json and returns what it counted. Files
// of an earlier run with the same names are replaced.
func Write(dir string, o Options) (Truth, error) {
	o, err := o.filled()
	if err != nil {
		return Truth{}, err
	}
	w := newWorld(o)
	out := filepath.Join(dir, "export")
	if err := os.MkdirAll(filepath.Join(out, "files"), 0o755); err != nil {
		return Truth{}, err
	}
	tickets := "tickets.csv"
	if o.NDJSON {
		tickets = "tickets.ndjson"
	}
	for _, f := range []struct {
		name  string
		write func(*bufio.Writer) error
	}{
		{"organizations.csv", w.writeOrganizations},
		{"contacts.csv", w.writeContacts},
		{"agents.csv", w.writeAgents},
		{"groups.csv", w.writeGroups},
		{tickets, w.writeTickets},
		{"messages.ndjson", w.writeMessages},
		{"attachments.csv", w.writeAttachments},
	} {
		if err := writeFile(filepath.Join(out, f.name), f.write); err != nil {
			return Truth{}, fmt.Errorf("sample: %s: %w", f.name, err)
		}
	}
	for _, a := range w.attachments {
		if a.missing {
			continue
		}
		if err := os.WriteFile(filepath.Join(out, filepath.FromSlash(a.path)), a.body, 0o644); err != nil {
			return Truth{}, fmt.Errorf("sample: %w", err)
		}
	}
	b, err := json.MarshalIndent(w.truth, "", "  ")
	if err != nil {
		return Truth{}, err
	}
	return w.truth, os.WriteFile(filepath.Join(dir, "truth.json"), append(b, '\n'), 0o644)
}

func writeFile(path string, write func(*bufio.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := bufio.NewWriterSize(f, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}
