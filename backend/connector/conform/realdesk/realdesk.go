// Package realdesk is what tests share that run before the real servers of build/desks:
// where they are, their states, what is in them and what was put into them. Only tests
// import it. Without WAYBILL_DESKS, which "build/test desks" sets, such tests skip.
package realdesk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/secret"
)

// Desk is one real server of build/desks.
type Desk struct {
	Name    string // its folder: "rt5"
	Title   string
	Address string
}

// The servers, at the ports that their scripts use.
var (
	RequestTracker = Desk{"rt5", "Request Tracker", "http://127.0.0.1:18085"}
	Redmine        = Desk{"redmine5", "Redmine", "http://127.0.0.1:18095"}
)

// Folder is where the server keeps its state. Without servers it skips the test.
func (d Desk) Folder(t testing.TB) string {
	t.Helper()
	at := os.Getenv("WAYBILL_DESKS")
	if at == "" {
		t.Skipf("does not apply: no real %s is here; build/test desks installs one and sets WAYBILL_DESKS", d.Title)
	}
	return filepath.Join(at, d.Name)
}

// Read reads a file of the server's state; nothing where it is not there.
func (d Desk) Read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(d.Folder(t), name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return b
}

// Run runs one of the desk's own scripts, such as "reset.sh".
func (d Desk) Run(t testing.TB, script string, args ...string) {
	t.Helper()
	d.Folder(t)
	_, here, _, _ := runtime.Caller(0)
	at := filepath.Join(filepath.Dir(here), "../../../../build/desks", d.Name, script)
	if out, err := exec.Command(at, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v: %s", script, strings.Join(args, " "), err, out)
	}
}

// State takes the server back to a state: "seeded", "target", or one that Keep kept.
func (d Desk) State(t testing.TB, name string) { d.Run(t, "reset.sh", name) }

// Keep keeps the present state under a name.
func (d Desk) Keep(t testing.TB, name string) { d.Run(t, "reset.sh", "--save", name) }

// States is what a rig of conform needs; taken is told how many mails each state had
// counted before it went away.
func (d Desk) States(taken *int) func(testing.TB, string, bool) {
	return func(t testing.TB, name string, keep bool) {
		t.Helper()
		if keep {
			d.Keep(t, "conform_"+name)
			return
		}
		*taken += d.Mails(t) // which going back empties
		d.State(t, "conform_"+name)
	}
}

// Mails counts the mails that the server would have sent since it was last reset: Request
// Tracker writes a line for each, Redmine a file, in the background.
func (d Desk) Mails(t testing.TB) int {
	t.Helper()
	if d.Name == RequestTracker.Name {
		return strings.Count(string(d.Read(t, "outbox/mail.log")), "\n")
	}
	list, err := os.ReadDir(filepath.Join(d.Folder(t), "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range list {
		n += strings.Count(string(d.Read(t, filepath.Join("outbox", f.Name()))), "Message-ID:")
	}
	return n
}

// Open connects to a desk for the length of a test. secrets and settings are by the names
// of the kind's form.
func Open(t testing.TB, k connector.Kind, settings map[string]string, secrets map[string]secret.Text) connector.Connector {
	t.Helper()
	v := secret.Memory()
	for name, s := range secrets {
		if err := v.Put(name, s); err != nil {
			t.Fatal(err)
		}
	}
	base := &http.Transport{}
	c, err := k.Open(t.Context(), settings, v, pace.Transport(base, k.Limits, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		base.CloseIdleConnections()
	})
	return c
}

// All reads every record of an object, each once.
func All(t testing.TB, c connector.Connector, o model.Object) []model.Record {
	t.Helper()
	var out []model.Record
	seen := map[model.Key]bool{}
	if err := c.Pages(t.Context(), o, "", func(p connector.Page) error {
		for _, r := range p.Records {
			if !seen[r.Key] {
				seen[r.Key] = true
				out = append(out, r)
			}
		}
		return nil
	}); err != nil {
		t.Fatalf("%s: %v", o, err)
	}
	return out
}

// Hashes reads the content of files and counts their sums.
func Hashes(t testing.TB, c connector.Connector, files []model.Record) map[string]int {
	t.Helper()
	f, ok := c.(connector.Filer)
	if !ok {
		t.Fatal("this desk has no files")
	}
	out := map[string]int{}
	for _, r := range files {
		ref, _, _ := f.FileRef(r)
		body, err := f.Open(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		_, err = io.Copy(sum, body)
		if err = errors.Join(err, body.Close()); err != nil {
			t.Fatal(err)
		}
		out[hex.EncodeToString(sum.Sum(nil))]++
	}
	return out
}

// Fields are a record's values by their names.
func Fields(t testing.TB, r model.Record) map[string]any {
	t.Helper()
	v, err := model.Values(r.Raw)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Joined fails where a link leads to a record that was not read.
func Joined(t testing.TB, records map[model.Object][]model.Record) {
	t.Helper()
	there := map[model.Key]bool{}
	for _, list := range records {
		for _, r := range list {
			there[r.Key] = true
		}
	}
	for o, list := range records {
		for _, r := range list {
			for _, l := range r.Links {
				ok := false
				for _, ref := range l.To {
					ok = ok || there[model.Key{Object: ref.Object, ID: ref.Value}]
				}
				if !ok {
					t.Errorf("%s %s: %s points to %v, which was not read", o, r.Key.ID, l.Role, l.To)
				}
			}
		}
	}
}

// File is a file of the data set.
type File struct {
	Name string `json:"name"`
	Hash string `json:"sha256"`
	Size int64  `json:"size"`
}

// Message is a message of the data set. Kind is "internal" for a private one.
type Message struct {
	At          string `json:"at"`
	Kind        string `json:"kind"`
	Body        string `json:"body"`
	Format      string `json:"format"`
	Attachments []File `json:"attachments"`
}

// Ticket is a ticket of the data set.
type Ticket struct {
	Key      string    `json:"key"`
	Status   string    `json:"status"`
	Created  string    `json:"created"`
	Into     string    `json:"merged_into"`
	Subject  string    `json:"subject"`
	Messages []Message `json:"messages"`
	// ID is its number in the desk; 0: it is not there.
	ID int `json:"-"`
}

// Truth is what was put into the server: its tickets, but for those that were deleted.
func (d Desk) Truth(t testing.TB) []Ticket {
	t.Helper()
	var x struct{ Tickets []Ticket }
	var ids struct{ Ticket map[string]int }
	for name, v := range map[string]any{"dataset/dataset.json": &x, "manifest.json": &ids} {
		if err := json.Unmarshal(d.Read(t, name), v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var out []Ticket
	for _, y := range x.Tickets {
		if y.ID = ids.Ticket[y.Key]; y.Status != "deleted" {
			out = append(out, y)
		}
	}
	return out
}

// Said is a message as it must arrive.
type Said struct {
	Private bool
	Text    string
}

// Tally counts what arrived, and complains of what did not and of what nobody put there.
type Tally struct {
	Texts  map[Said]int
	Hashes map[string]int
}

// Want crosses a message of a ticket off, with its files.
func (y Tally) Want(t testing.TB, ticket string, n int, k Said, m Message) {
	t.Helper()
	if y.Texts[k]--; y.Texts[k] < 0 {
		t.Errorf("%s: message %d (%s, private %v) did not arrive: %.80q", ticket, n, m.Format, k.Private, m.Body)
	}
	y.WantFiles(t, ticket, m)
}

// WantFiles crosses the files of a message off.
func (y Tally) WantFiles(t testing.TB, ticket string, m Message) {
	t.Helper()
	for _, a := range m.Attachments {
		if y.Hashes[a.Hash]--; y.Hashes[a.Hash] < 0 {
			t.Errorf("%s: the file %q did not arrive", ticket, a.Name)
		}
	}
}

// Nothing fails where something is left that nobody crossed off.
func (y Tally) Nothing(t testing.TB) {
	t.Helper()
	for k, n := range y.Texts {
		if n > 0 {
			t.Errorf("%d times a text that nobody wrote (private %v): %.80q", n, k.Private, k.Text)
		}
	}
	for h, n := range y.Hashes {
		if n > 0 {
			t.Errorf("%d times a file that nobody sent: %s", n, h)
		}
	}
}
