package rt_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/rt"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/secret"
)

// desks is where the real servers keep their state: "build/test desks" sets it.
func desks(t testing.TB) string {
	t.Helper()
	at := os.Getenv("WAYBILL_DESKS")
	if at == "" {
		t.Skip("does not apply: no real Request Tracker is here; build/test desks installs one and sets WAYBILL_DESKS")
	}
	return filepath.Join(at, "rt5")
}

// state takes a real server back to one of its states: "seeded" or "target".
func state(t testing.TB, desk string, args ...string) {
	t.Helper()
	if out, err := exec.Command("../../../build/desks/"+desk+"/reset.sh", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

const realAddress = "http://127.0.0.1:18085"

func realToken(t *testing.T) secret.Text {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(desks(t), "token"))
	if err != nil {
		t.Fatal(err)
	}
	return secret.Text(strings.TrimSpace(string(b)))
}

func openReal(t *testing.T) connector.Connector {
	t.Helper()
	v := secret.Memory()
	if err := v.Put(rt.SettingToken, realToken(t)); err != nil {
		t.Fatal(err)
	}
	base := &http.Transport{}
	c, err := rt.Kind().Open(t.Context(), map[string]string{rt.SettingAddress: realAddress}, v, pace.Transport(base, rt.Kind().Limits, nil))
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

func everything(t *testing.T, c connector.Connector, o model.Object) []model.Record {
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

// truth is what the data set holds, and which number each ticket got in the desk.
type truth struct {
	Tickets []struct {
		Key      string `json:"key"`
		Status   string `json:"status"`
		Created  string `json:"created"`
		Into     string `json:"merged_into"`
		Subject  string `json:"subject"`
		Messages []struct {
			At          string `json:"at"`
			Kind        string `json:"kind"`
			Body        string `json:"body"`
			Format      string `json:"format"`
			Attachments []struct {
				Name string `json:"name"`
				Hash string `json:"sha256"`
				Size int64  `json:"size"`
			} `json:"attachments"`
		} `json:"messages"`
	} `json:"tickets"`
}

func readTruth(t *testing.T, dir string) (truth, map[string]int) {
	t.Helper()
	var x truth
	var ids struct {
		Ticket map[string]int `json:"ticket"`
	}
	for name, v := range map[string]any{"dataset/dataset.json": &x, "manifest.json": &ids} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, v); err != nil {
			t.Fatal(err)
		}
	}
	return x, ids.Ticket
}

func fields(t *testing.T, r model.Record) map[string]any {
	t.Helper()
	v, err := model.Values(r.Raw)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestRealServer_everythingIsRead holds what is read of a real, messy Request Tracker
// against what was put into it: every message with its text, every file by its hash.
func TestRealServer_everythingIsRead(t *testing.T) {
	desks(t)
	state(t, "rt5", "seeded")
	want, ids := readTruth(t, desks(t))
	c := openReal(t)
	records := map[model.Object][]model.Record{}
	there := map[model.Key]bool{}
	for _, o := range []model.Object{model.Group, model.Agent, model.Contact, model.Ticket, model.Message, model.Attachment, rt.Relation, rt.UserGroup, rt.Catalog, rt.Asset, model.Article} {
		records[o] = everything(t, c, o)
		for _, r := range records[o] {
			there[r.Key] = true
		}
		t.Logf("%s: %d", o, len(records[o]))
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
	filer := c.(connector.Filer)
	hashes := map[string]int{}
	for _, r := range records[model.Attachment] {
		ref, _, _ := filer.FileRef(r)
		body, err := filer.Open(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, body); err != nil {
			t.Fatal(err)
		}
		if err := body.Close(); err != nil {
			t.Fatal(err)
		}
		hashes[hex.EncodeToString(sum.Sum(nil))]++
	}
	type said struct {
		private bool
		text    string
	}
	texts := map[said]int{}
	for _, r := range records[model.Message] {
		v := fields(t, r)
		texts[said{v["Private"] == true, strings.TrimSpace(model.Plain(v["ContentText"]))}]++
	}
	tickets := 0
	for _, x := range want.Tickets {
		if x.Status == "deleted" || ids[x.Key] == 0 {
			continue
		}
		if x.Into == "" {
			tickets++
		}
		if x.Status == "deleted" {
			continue
		}
		for i, m := range x.Messages {
			// What a ticket is created with is never a comment in Request Tracker.
			k := said{m.Kind == "internal" && !(i == 0 && m.At == x.Created), strings.TrimSpace(m.Body)}
			if texts[k]--; texts[k] < 0 {
				t.Errorf("%s: message %d (%s, private %v) did not arrive: %.80q", x.Key, i, m.Format, k.private, m.Body)
			}
			for _, a := range m.Attachments {
				if hashes[a.Hash]--; hashes[a.Hash] < 0 {
					t.Errorf("%s: the file %q did not arrive", x.Key, a.Name)
				}
			}
		}
	}
	for k, n := range texts {
		if n > 0 {
			t.Errorf("%d times a text that nobody wrote (private %v): %.80q", n, k.private, k.text)
		}
	}
	for h, n := range hashes {
		if n > 0 {
			t.Errorf("%d times a file that nobody sent: %s", n, h)
		}
	}
	if n := len(records[model.Ticket]); n != tickets {
		t.Errorf("%d tickets were read, there are %d", n, tickets)
	}
}

// outbox counts the mails that the real server would have sent.
func outbox(t testing.TB) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(desks(t), "outbox", "mail.log"))
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(b), "\n")
}
