package sample

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
)

// The committed export is what the generator writes, byte for byte.
func TestExportIsReproducible(t *testing.T) {
	dir := t.TempDir()
	if _, err := Write(dir, Default()); err != nil {
		t.Fatal(err)
	}
	made, kept := tree(t, dir), tree(t, ".")
	for name, want := range kept {
		got, ok := made[name]
		if !ok {
			t.Errorf("%s is committed but no longer written", name)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s differs: run go run ./assets/sample/generate -out assets/sample", name)
		}
	}
	for name := range made {
		if _, ok := kept[name]; !ok {
			t.Errorf("%s is written but not committed", name)
		}
	}
}

func tree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	add := func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = b
		return err
	}
	for _, top := range []string{"export", "truth.json"} {
		if err := filepath.WalkDir(filepath.Join(dir, top), add); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// What truth.json says is found again by reading the files with other code.
func TestTruthHoldsWhenReadIndependently(t *testing.T) {
	var want Truth
	b, err := os.ReadFile("truth.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	got := Truth{Company: want.Company, Seed: 7}
	contacts := readContacts(t, &got)
	got.Organizations = len(table(t, "organizations.csv", ',')) - 1
	got.Groups = len(table(t, "groups.csv", ',')) - 1
	left := map[string]bool{}
	for _, row := range table(t, "agents.csv", ',')[1:] {
		got.Agents++
		if row[5] == "no" {
			got.People.AgentsWhoLeft++
			left[row[2]] = true
		}
	}
	tickets := readTickets(t, &got, contacts, left)
	// What a spelling means is the generator's word; a reader finds only the spellings.
	means := map[string]string{}
	for _, s := range statuses {
		means[s.Value] = s.Means
	}
	for i, s := range got.TicketMess.Statuses {
		got.TicketMess.Statuses[i].Means = means[s.Value]
	}
	cids := readAttachments(t, &got)
	readMessages(t, &got, tickets, contacts, cids)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("truth.json against the files (-truth +files):\n%s", d)
	}
	if len(want.TicketMess.Statuses) != 40 || want.Contacts != 1200 || want.Tickets != 2500 || want.Messages != 8000 || len(want.TicketMess.PerYear) != 13 {
		t.Error("the sample is not the size that the issue asks for")
	}
}

func table(t *testing.T, name string, comma rune) [][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("export", name))
	if err != nil {
		t.Fatal(err)
	}
	if comma == ';' {
		if b, err = charmap.Windows1252.NewDecoder().Bytes(b); err != nil {
			t.Fatal(err)
		}
	}
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma = comma
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return rows
}

func readContacts(t *testing.T, got *Truth) map[string]bool {
	ids, mails := map[string]bool{}, map[string]bool{}
	address := regexp.MustCompile(`^[^@ ]+@[^@ ]+\.[^@ ]+$`)
	for _, row := range table(t, "contacts.csv", ';')[1:] {
		got.Contacts++
		if ids[row[0]] || !strings.HasPrefix(row[0], "0") {
			t.Errorf("contact number %q", row[0])
		}
		ids[row[0]] = true
		mail := strings.ToLower(strings.TrimSpace(row[3]))
		switch {
		case mail == "":
			got.People.WithoutEmail++
		case !address.MatchString(mail):
			got.People.BrokenEmail++
		case mails[mail]:
			got.People.DuplicateContacts++
		}
		mails[mail] = true
		if !isASCII(mail) {
			t.Errorf("e-mail %q is not ASCII", mail)
		}
	}
	return ids
}

func readTickets(t *testing.T, got *Truth, contacts, left map[string]bool) map[string]bool {
	b, err := os.ReadFile("export/tickets.csv")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b, []byte("\ufeff")) {
		t.Error("tickets.csv has no byte order mark")
	}
	ids, m := map[string]bool{}, &got.TicketMess
	m.PerYear = map[string]int{}
	count := map[string]int{}
	lines := strings.Split(strings.TrimSuffix(strings.TrimPrefix(string(b), "\ufeff"), "\r\n"), "\r\n")
	for n, line := range lines[1:] { // no cell of this file holds a line break
		r := csv.NewReader(strings.NewReader(line))
		row, err := r.Read()
		switch {
		case err != nil:
			m.BrokenRows = append(m.BrokenRows, BrokenRow{n + 2, "quote never closed"})
			continue
		case len(row) != 20:
			m.BrokenRows = append(m.BrokenRows, BrokenRow{n + 2, "wrong number of cells"})
			continue
		}
		got.Tickets++
		ids[row[0]] = true
		count[row[2]]++
		classify(m, row)
		if row[5] == "" {
			m.WithoutRequester++
		} else if !contacts[row[5]] {
			m.UnknownRequester++
		}
		if row[6] == "" {
			m.Unassigned++
		} else if left[row[6]] {
			m.OwnedByLeavers++
		}
		at, err := time.Parse("02.01.2006 15:04", row[11])
		if err != nil {
			t.Errorf("opened %q", row[11])
		}
		m.PerYear[strconv.Itoa(at.Year())]++
		if len(row[17]) == 20 {
			m.LongOrderNumbers++
		}
	}
	for _, s := range statuses {
		m.Statuses = append(m.Statuses, Status{Value: s.Value, Tickets: count[s.Value]})
		delete(count, s.Value)
	}
	if len(count) > 0 {
		t.Errorf("spellings beyond the forty: %v", count)
	}
	return ids
}

func classify(m *TicketTruth, row []string) {
	subject := row[1]
	has := func(table *unicode.RangeTable) bool {
		return strings.ContainsFunc(subject, func(r rune) bool { return unicode.Is(table, r) })
	}
	add := func(n *int, yes bool) {
		if yes {
			*n++
		}
	}
	add(&m.Spam, row[2] == "Spam")
	add(&m.Test, strings.HasPrefix(strings.ToLower(subject), "test"))
	add(&m.FormulaSubjects, subject != "" && strings.ContainsAny(subject[:1], "=+-@"))
	add(&m.MojibakeSubjects, regexp.MustCompile(`Ã.|â€|Â¿`).MatchString(subject))
	add(&m.HebrewSubjects, has(unicode.Hebrew))
	add(&m.ArabicSubjects, has(unicode.Arabic))
	add(&m.HanSubjects, has(unicode.Han) || has(unicode.Katakana))
	add(&m.EmojiSubjects, strings.ContainsFunc(subject, func(r rune) bool { return r > 0xffff }))
	add(&m.EmptySubjects, subject == "")
	add(&m.TagCells, row[9] != "")
	add(&m.TagsWithComma, strings.Contains(row[9], `"`))
	promised := row[16]
	if promised == "" {
		return
	}
	_, day := time.Parse("02/01/2006", promised)
	_, month := time.Parse("01/02/2006", promised)
	add(&m.PromisedAmbiguous, day == nil && month == nil)
	add(&m.PromisedDayFirst, day == nil && month != nil)
	add(&m.PromisedMonth, day != nil && month == nil)
	add(&m.PromisedNoDate, day != nil && month != nil)
}

func readAttachments(t *testing.T, got *Truth) map[string]bool {
	a, bodies, cids := &got.Attachments, map[[32]byte]bool{}, map[string]bool{}
	for _, row := range table(t, "attachments.csv", ',')[1:] {
		a.Rows++
		name, kind, path := row[2], row[3], row[5]
		if !isASCII(name) {
			a.NonASCIINames++
		}
		if strings.Contains(name, "../") {
			a.NameEscapes++
		}
		if row[7] == "yes" {
			a.Inline++
			cids[row[6]] = true
		}
		if strings.HasPrefix(path, "..") {
			a.Outside++
			continue
		}
		b, err := os.ReadFile(filepath.Join("export", filepath.FromSlash(path)))
		if err != nil {
			a.Missing++
			continue
		}
		a.Files++
		bodies[sha256.Sum256(b)] = true
		if len(b) == 0 {
			a.Empty++
		}
		if strconv.Itoa(len(b)) != row[4] {
			a.WrongSize++
		}
		if bytes.HasPrefix(b, []byte("\x89PNG")) && kind != "image/png" {
			a.WrongType++
		}
	}
	a.DistinctBodies = len(bodies)
	return cids
}

func readMessages(t *testing.T, got *Truth, tickets, contacts, cids map[string]bool) {
	f, err := os.Open("export/messages.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	m, perTicket, seen := &got.MessageMess, map[string]int{}, map[string]bool{}
	agentIDs := map[string]bool{}
	for _, a := range agents {
		agentIDs[a.id] = true
	}
	inline := regexp.MustCompile(`src="cid:([^"]+)"`)
	bad := regexp.MustCompile(`(?i)<script|onerror=|javascript:|<iframe|onload=`)
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var x map[string]string
		if err := json.Unmarshal(s.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		if seen[x["id"]] {
			t.Errorf("message %s twice", x["id"])
		}
		seen[x["id"]] = true
		got.Messages++
		perTicket[x["ticket"]]++
		if x["kind"] == "internal" {
			m.Internal++
		} else {
			m.Public++
		}
		if !tickets[x["ticket"]] {
			m.WithoutTicket++
		}
		if x["author_id"] == "" {
			m.WithoutAuthor++
		} else if !contacts[x["author_id"]] && !agentIDs[x["author_id"]] {
			m.UnknownAuthor++
		}
		if bad.MatchString(x["body"]) {
			m.WithScript++
		}
		for _, ref := range inline.FindAllStringSubmatch(x["body"], -1) {
			if cids[ref[1]] {
				m.InlineImages++
			} else {
				m.DanglingInline++
			}
		}
		m.LongestBody = max(m.LongestBody, len(x["body"]))
		if n := perTicket[x["ticket"]]; n > m.LongestThread {
			m.LongestThread, m.LongestTicket = n, x["ticket"]
		}
		if _, err := time.Parse(time.RFC3339, x["created"]); err != nil {
			t.Errorf("created %q", x["created"])
		}
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
}

// Any size adds up, and memory does not grow with it.
func TestAnySizeStreams(t *testing.T) {
	live := func(tickets int) uint64 {
		dir := t.TempDir()
		truth, err := Write(dir, Options{Tickets: tickets, Messages: 4 * tickets, Seed: 3, NDJSON: true})
		if err != nil {
			t.Fatal(err)
		}
		if truth.Tickets != tickets || truth.Messages != 4*tickets || truth.TicketMess.Spam != 60 || truth.MessageMess.LongestThread < 120 {
			t.Errorf("%d tickets: %+v", tickets, truth)
		}
		b, err := os.ReadFile(filepath.Join(dir, "export", "tickets.ndjson"))
		if err != nil || bytes.Count(b, []byte("\n")) != tickets {
			t.Errorf("tickets.ndjson does not hold %d lines (%v)", tickets, err)
		}
		w := newWorld(Options{Tickets: tickets, Messages: 4 * tickets, Contacts: 1200, Seed: 3})
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		runtime.KeepAlive(w)
		return m.HeapAlloc
	}
	small, large := live(1000), live(8000)
	if large > small+4<<20 {
		t.Errorf("what stays in memory grew from %d to %d bytes", small, large)
	}
}

func TestTooSmallIsRefused(t *testing.T) {
	for _, o := range []Options{{Tickets: 10}, {Tickets: 1000, Messages: 1000}, {Tickets: 1000, Contacts: 3}} {
		if _, err := Write(t.TempDir(), o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}
