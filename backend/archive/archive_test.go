package archive_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"waybill/backend/archive"
	"waybill/backend/problem"
)

type seeker struct{ *bytes.Reader }

func (seeker) Close() error { return nil }

// contents are attachments by hash.
type contents map[string][]byte

func (c contents) open(hash string) (io.ReadSeekCloser, error) {
	b, ok := c[hash]
	if !ok {
		return nil, problem.New("blob.missing", "It is gone.", "", "Look for it.")
	}
	return seeker{bytes.NewReader(b)}, nil
}

const hostile = "</script><script>alert(1)</script><!-- \u2028\u2029 \u202egnp.exe <img src=x onerror=alert(2)> ]]> \x00 & 'q' \"q\" --> <style>*{display:none}"

func head() archive.Head {
	return archive.Head{Title: "Archive of " + hostile, About: hostile, Kinds: map[string]string{"ticket": hostile}, States: map[string]string{"held": "Held"}}
}

func doc(i int, files ...archive.File) archive.Doc {
	raw, err := json.Marshal(map[string]string{"id": fmt.Sprint(i), "x": hostile})
	if err != nil {
		panic(err)
	}
	return archive.Doc{
		Kind: "ticket", ID: fmt.Sprint(i), Title: hostile, State: "held", At: "2019-03-04", People: []string{hostile}, Raw: raw, Fields: [][2]string{{hostile, hostile}},
		Thread: []archive.Message{{ID: "m", At: "2019-03-04T10:00:00.000Z", By: hostile, Text: hostile, Private: true, Files: files, Raw: raw}},
	}
}

// page is what a browser sees in one file: its elements, and the data by class.
type page struct {
	tags    map[string]int
	scripts []string // that run
	policy  string
	data    map[string][]string // lines by class
	files   map[string][]byte
}

func read(t *testing.T, path string) page {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	p := page{tags: map[string]int{}, data: map[string][]string{}, files: map[string][]byte{}}
	z := html.NewTokenizer(f)
	var class, hash string
	var inside bool
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				t.Fatal(z.Err())
			}
			return p
		case html.StartTagToken:
			tok := z.Token()
			p.tags[tok.Data]++
			at := map[string]string{}
			for _, a := range tok.Attr {
				at[a.Key] = a.Val
				if strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s has %s", tok.Data, a.Key)
				}
			}
			if at["http-equiv"] == "Content-Security-Policy" {
				p.policy = at["content"]
			}
			inside = tok.Data == "script"
			class, hash = "run", at["data-hash"]
			if at["type"] == "application/json" {
				class = at["class"] + at["id"]
			}
		case html.TextToken:
			if !inside {
				continue
			}
			text := string(z.Text())
			switch class {
			case "run":
				p.scripts = append(p.scripts, text)
			case "file":
				var s string
				if err := json.Unmarshal([]byte(text), &s); err != nil {
					t.Fatal(err)
				}
				b, err := base64.StdEncoding.DecodeString(s)
				if err != nil {
					t.Fatal(err)
				}
				p.files[hash] = append(p.files[hash], b...)
			default:
				for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
					if !json.Valid([]byte(l)) {
						t.Errorf("a line of %s is not JSON: %.80s", class, l)
					}
					p.data[class] = append(p.data[class], l)
				}
			}
			inside = false
		case html.EndTagToken, html.SelfClosingTagToken, html.CommentToken, html.DoctypeToken:
		}
	}
}

func TestArchive_hostileTextStaysText(t *testing.T) {
	c := contents{strings.Repeat("ab", 32): bytes.Repeat([]byte("0123456789"), 200_000), strings.Repeat("cd", 32): {}}
	path := filepath.Join(t.TempDir(), "Archive.html")
	w, err := archive.New(path, head(), 0, c.open)
	if err != nil {
		t.Fatal(err)
	}
	big := archive.File{Name: hostile, Type: hostile, Size: 2_000_000, Hash: strings.Repeat("ab", 32)}
	for i := range 3 {
		if err := w.Add(doc(i, big, archive.File{Name: "empty", Hash: strings.Repeat("cd", 32)}, archive.File{Name: "gone", Hash: strings.Repeat("ef", 32)})); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Number(map[string]string{"old": hostile}); err != nil {
		t.Fatal(err)
	}
	res, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if res.Documents != 3 || res.Attachments != 2 || res.Numbers != 1 || len(res.Files) != 1 || res.Bytes != 2_000_000 {
		t.Errorf("%+v", res)
	}
	p := read(t, path)
	if len(p.scripts) != 1 || p.tags["img"] != 0 || p.tags["style"] != 1 || p.tags["iframe"] != 0 {
		t.Errorf("%d scripts run; elements %v", len(p.scripts), p.tags)
	}
	if !strings.Contains(p.policy, "default-src 'none'") || strings.Contains(p.policy, "unsafe") || strings.Contains(p.policy, "http") {
		t.Errorf("the policy is %q", p.policy)
	}
	if len(p.data["docs"]) != 3 || len(p.data["index"]) != 3 || len(p.data["numbers"]) != 1 || len(p.data["meta"]) != 1 {
		t.Errorf("%d documents, %d lines of the index", len(p.data["docs"]), len(p.data["index"]))
	}
	var d archive.Doc
	if err := json.Unmarshal([]byte(p.data["docs"][1]), &d); err != nil || d.ID != "1" || d.Title != hostile || d.Thread[0].Text != hostile {
		t.Errorf("%+v %v", d, err)
	}
	if f := d.Thread[0].Files; f[0].Hash == "" || f[2].Hash != "" || f[2].Problem == "" {
		t.Errorf("%+v", f)
	}
	if !bytes.Equal(p.files[big.Hash], c[big.Hash]) || len(p.files) != 2 {
		t.Errorf("%d files, %d bytes", len(p.files), len(p.files[big.Hash]))
	}
	// No address that a browser would ask without being told, and none of ours.
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`(?i)(src|href)\s*=\s*["']?https?:`).Find(b); m != nil {
		t.Errorf("the page names %s", m)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".waybill-*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestArchive_splitsBeyondItsSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "Old desk.html")
	w, err := archive.New(path, head(), 20_000, contents{}.open)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		if err := w.Add(doc(i)); err != nil {
			t.Fatal(err)
		}
	}
	res, err := w.Close()
	if err != nil || len(res.Files) < 3 || res.Documents != 40 {
		t.Fatalf("%+v %v", res, err)
	}
	main := read(t, res.Files[0])
	if len(main.data["index"]) != 40 || len(main.data["docs"]) != 0 {
		t.Errorf("%d lines of the index, %d documents", len(main.data["index"]), len(main.data["docs"]))
	}
	docs := 0
	for i, f := range res.Files[1:] {
		if want := fmt.Sprintf("Old desk.part%d.html", i+1); filepath.Base(f) != want {
			t.Errorf("%s is not %s", f, want)
		}
		p := read(t, f)
		if len(p.data["docs"]) != len(p.data["index"]) || len(p.data["docs"]) == 0 {
			t.Errorf("%s: %d documents, %d lines", f, len(p.data["docs"]), len(p.data["index"]))
		}
		docs += len(p.data["docs"])
		var e struct{ P, N int }
		if err := json.Unmarshal([]byte(p.data["index"][0]), &e); err != nil || e.P != i+1 || e.N != 0 {
			t.Errorf("%s: %+v %v", f, e, err)
		}
	}
	if docs != 40 {
		t.Errorf("%d documents", docs)
	}
}

func TestArchive_whatIsAbandonedLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	w, err := archive.New(filepath.Join(dir, "A.html"), head(), 1000, contents{}.open)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if err := w.Add(doc(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Abandon(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if _, err := archive.New(filepath.Join(dir, "none", "A.html"), head(), 0, contents{}.open); !problem.Is(err, archive.CodeWrite) {
		t.Errorf("%v", err)
	}
}
