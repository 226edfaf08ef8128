package report

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdfcpu/pdfcpu/pkg/api"

	"waybill/assets"
	"waybill/backend/problem"
)

var frozen = time.Date(2026, 11, 21, 14, 5, 0, 0, time.UTC)

func target(n int64) *int64 { return &n }

// balanced are the facts of a move that went well.
func balanced() Facts {
	done := frozen.Add(-time.Hour)
	return Facts{
		Project: "Kestrelmoor Outdoor leaves its old help desk", Source: "Export files", Target: "Practice desk", Stage: "Rehearsal 2", GeneratedAt: frozen,
		Manifest: []Row{
			{"organization", "Organizations", 150, 150, 0, 0, 0, 0, 0, target(150), 0},
			{"group", "Groups", 6, 6, 0, 0, 0, 0, 0, target(6), 0},
			{"agent", "Agents", 14, 14, 0, 0, 0, 0, 0, target(14), 0},
			{"contact", "Customers", 1200, 1160, 40, 0, 0, 0, 0, target(1160), 0},
			{"ticket", "Conversations", 2502, 2305, 0, 120, 77, 0, 0, target(2305), 0},
			{"message", "Messages", 8000, 7391, 0, 401, 208, 0, 0, target(7391), 0},
			{"attachment", "Attachments", 120, 115, 0, 2, 3, 0, 0, target(115), 0},
		},
		Thresholds: []Threshold{
			{"parity", "Rows that arrived", "at least 99.9 %", "100 %", true, ""},
			{"errors", "Records held", "at most 0.5 %", "0 %", true, "Of all records that were to be moved."},
			{"links", "Links to nothing", "0", "0", true, ""},
		},
		Checks: []Check{
			{"count", "Counted in the target", "Conversations", 2305, 0, "none may differ", true, nil},
			{"fields", "Every field of every record", "Conversations", 2305, 0, "none may differ", true, nil},
			{"thread", "Order, author and time of messages", "Messages", 7391, 0, "none may differ", true, nil},
			{"files", "Content of attachments", "Attachments", 115, 0, "none may differ", true, nil},
		},
		Spots: Spots{
			Rows:  []SpotRow{{"Dario Monteverdi-Kahn, Data quality", "Up to a week", 10, 10, 0, 0}, {"Dario Monteverdi-Kahn, Data quality", "Older than two years", 12, 11, 0, 1}},
			Wrong: []SpotNote{{"Conversations", "0001203", "unsure", "Dario Monteverdi-Kahn, Data quality", done, "The signature looks different; the words are the same."}},
		},
		Decisions: []Decision{
			{"Status is Spam", "Conversations", "Left out", 62, "Tilda Bergqvarn", frozen.Add(-72 * time.Hour), "Nobody needs them."},
			{"Test tickets of the web form", "Conversations", "Left out", 15, "Tilda Bergqvarn", frozen.Add(-72 * time.Hour), ""},
			{"Older than 12 years", "Conversations", "Archived", 120, "Solveig Brandtner", frozen.Add(-71 * time.Hour), "Kept in the archive file until 2031."},
			{"Messages of conversations that stay behind", "Messages", "Archived", 401, "Solveig Brandtner", frozen.Add(-71 * time.Hour), ""},
			{"Messages of conversations that are left out", "Messages", "Left out", 208, "Tilda Bergqvarn", frozen.Add(-72 * time.Hour), ""},
			{"Same e-mail address", "Customers", "Merged", 40, "Tilda Bergqvarn", frozen.Add(-70 * time.Hour), "The older record survives."},
			{"Empty files", "Attachments", "Left out", 3, "Tilda Bergqvarn", frozen.Add(-70 * time.Hour), ""},
			{"Attachments of archived conversations", "Attachments", "Archived", 2, "Solveig Brandtner", frozen.Add(-71 * time.Hour), ""},
		},
		Mapping: Mapping{
			Version: 4, Hash: strings.Repeat("5d41402abc4b2a76", 4), Author: "Tilda Bergqvarn", At: frozen.Add(-50 * time.Hour), Reason: "Workbook of the business owner",
			Approvals: []Approval{{Name: "Solveig Brandtner", Role: "Business owner", At: frozen.Add(-49 * time.Hour)}},
		},
		Runs: []Run{
			{"run-1", "Rehearsal", "rolled back", frozen.Add(-30 * time.Hour), &done, 11050, 31, "Tilda Bergqvarn"},
			{"run-2", "Rehearsal", "finished", frozen.Add(-2 * time.Hour), &done, 11141, 0, "Tilda Bergqvarn"},
		},
		Approvals: []Approval{
			{Name: "Solveig Brandtner", Role: "Business owner", At: frozen.Add(-20 * time.Minute), Statement: "I have looked at thirty conversations in both desks; they agree."},
			{Name: "Dario Monteverdi-Kahn", Role: "Data quality", At: frozen.Add(-10 * time.Minute), Statement: "Checked and in order."},
		},
		Audit: Audit{Head: strings.Repeat("9e107d9d372bb682", 4), Length: 1284},
	}
}

// troubled are the facts of a move that went badly, in every script.
func troubled() Facts {
	f := balanced()
	f.Manifest[4].Moved, f.Manifest[4].Held, f.Manifest[4].Target = 2284, 21, target(2283)
	f.Manifest[5].Moved, f.Manifest[5].Pending, f.Manifest[5].Target = 6391, 1000, nil
	f.Checks[1].Failed, f.Checks[1].Passed = 2, false
	f.Checks[1].Examples = []string{
		`0000412 subject: “RÃ¼cksendung fÃ¼r Zelt” became “Rücksendung für Zelt”`,
		"0000977 subject: איפה ההזמנה שלי? (4711) 12.5% - became empty", "0001203 subject: أين طلبي؟ became empty",
		"0001500 subject: 帐篷的拉链坏了テントのポールが折れました、とても困っています。どうすればよいでしょうか。返品したいのですが、送料は誰が払いますか。 배송이 늦어요",
		"0002001 subject: Thank you 👨‍👩‍👧 🇩🇪 😍 \u202eevil\u202c \x00\x1b", "one more", "and another",
	}
	f.Thresholds[1].Passed, f.Thresholds[1].Measured = false, "0.9 %"
	f.Held = []Difference{
		{"Conversations", "customer.unknown", "The customer of the conversation does not exist in the source.", 9, []string{"0000181: customer 921331", "0000944: customer 955102"}},
		{"Conversations", "customer.empty", "The conversation has no customer, and the target requires one.", 7, nil},
		{"Conversations", "row.broken", "The line of the file could not be read.", 5, []string{"tickets.csv, line 836: 22 cells where 20 were expected"}},
	}
	f.Differences = []Difference{{"Conversations", "field.subject", "The subject differs.", 2, nil}}
	f.Approvals = nil
	return f
}

// waived are the facts of a move that an approver accepts as it is.
func waived() Facts {
	f := troubled()
	f.Approvals = balanced().Approvals
	for _, r := range f.Reasons() {
		f.Approvals[0].Waives = append(f.Approvals[0].Waives, r.Key)
	}
	f.Approvals[0].Waiver = "The 21 conversations are answered by hand until Friday; the remaining messages follow with the delta."
	return f
}

func render(t testing.TB, f Facts, b Brand) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, f, b); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("REPORT_OUT"); dir != "" { // to look at the pages
		if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".pdf"), out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func logo(t testing.TB) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 120, 60))
	for y := range 60 {
		for x := range 120 {
			if (x/12+y/12)%2 == 0 {
				img.Set(x, y, color.NRGBA{0x0b, 0x64, 0x72, uint8(100 + x)})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func brand(t testing.TB) Brand { return Brand{Company: "Kestrelmoor Outdoor", Logo: logo(t)} }

// Invariant 12, and a guard: these bytes change only when somebody means it.
func TestGolden(t *testing.T) {
	for name, f := range map[string]Facts{"balanced": balanced(), "troubled": troubled(), "waived": waived()} {
		t.Run(name, func(t *testing.T) {
			sum := sha256.Sum256(render(t, f, brand(t)))
			got := hex.EncodeToString(sum[:])
			want, err := os.ReadFile(filepath.Join("testdata", name+".sha256"))
			if err != nil {
				t.Fatal(err)
			}
			if got != strings.TrimSpace(string(want)) {
				t.Errorf("the PDF's bytes are %s, not as kept in testdata. Look at the pages (REPORT_OUT=dir); if they are right, keep the new hash", got)
			}
		})
	}
}

func TestSameFactsSameBytes(t *testing.T) {
	b := brand(t)
	first := render(t, troubled(), b)
	for range 12 {
		if !bytes.Equal(first, render(t, troubled(), b)) {
			t.Fatal("two reports of the same facts differ")
		}
	}
	f := troubled()
	f.Manifest[0].Source++
	if bytes.Equal(first, render(t, f, b)) {
		t.Fatal("other facts gave the same bytes")
	}
}

// Facts are kept as JSON beside the PDF; reading them back gives the same report.
func TestFactsSurviveJSON(t *testing.T) {
	b, err := json.Marshal(troubled())
	if err != nil {
		t.Fatal(err)
	}
	var back Facts
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if back.Hash() != troubled().Hash() {
		t.Error(cmp.Diff(troubled(), back))
	}
	if !bytes.Equal(render(t, back, Brand{}), render(t, troubled(), Brand{})) {
		t.Error("the report of facts read back differs")
	}
}

func TestVerdict(t *testing.T) {
	if v := balanced().Verdict(); v.Outcome != Balances || len(v.Reasons) != 0 || !strings.Contains(v.Sentence, "11,992") {
		t.Errorf("balanced: %+v", v)
	}
	bad := troubled()
	v := bad.Verdict()
	var keys []string
	for _, r := range v.Reasons {
		keys = append(keys, r.Key)
	}
	want := []string{"held:ticket", "target:ticket", "pending:message", "target:message", "threshold:errors", "check:fields:Conversations"}
	if d := cmp.Diff(want, keys); d != "" || v.Outcome != OutOfLine {
		t.Errorf("%s: %s", v.Outcome, d)
	}
	waive := func(keys []string, text string) Verdict {
		f := troubled()
		f.Approvals = []Approval{{Name: "S. Brandtner", Waives: keys, Waiver: text}}
		return f.Verdict()
	}
	if v := waive(want, "We mend these by hand next week."); v.Outcome != WaivedOpen || v.Reasons[0].WaivedBy != "S. Brandtner" {
		t.Errorf("all waived: %+v", v)
	}
	if v := waive(want[1:], "Not the held ones."); v.Outcome != OutOfLine || v.Reasons[0].WaivedBy != "" {
		t.Errorf("one left: %+v", v)
	}
	if v := waive(want, "  "); v.Outcome != OutOfLine {
		t.Error("a waiver without words was accepted")
	}
	if v := (Facts{}).Verdict(); v.Outcome != OutOfLine {
		t.Error("nothing at all balances")
	}
	unequal := balanced()
	unequal.Manifest[0].Source++
	if v := unequal.Verdict(); v.Outcome != OutOfLine || !strings.Contains(v.Reasons[0].Text, "150 accounted for") {
		t.Errorf("a lost record went unnoticed: %+v", v)
	}
}

func TestPercentNeverFlatters(t *testing.T) {
	for _, c := range []struct {
		part, whole int64
		want        string
	}{{1, 1, "100 %"}, {99999, 100000, "99.9 %"}, {1, 100000, "under 0.1 %"}, {0, 5, "0.0 %"}, {0, 0, "-"}} {
		if got := percent(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %s", c.part, c.whole, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	f := balanced()
	f.GeneratedAt = time.Time{}
	cases := map[string]struct {
		f    Facts
		b    Brand
		w    io.Writer
		code problem.Code
	}{
		"no date":  {f, Brand{}, io.Discard, "report.no-time"},
		"bad logo": {balanced(), Brand{Logo: []byte("GIF89a")}, io.Discard, "report.logo"},
		"cut logo": {balanced(), Brand{Logo: logo(t)[:60]}, io.Discard, "report.logo"},
		"full":     {balanced(), Brand{}, broken{}, "report.unwritten"},
	}
	for name, c := range cases {
		var p *problem.Problem
		if err := Write(c.w, c.f, c.b); !errors.As(err, &p) || p.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// Long lists break over pages, keep their heads, and lose no row.
func TestLongTables(t *testing.T) {
	f := troubled()
	for i := range 400 {
		f.Held = append(f.Held, Difference{"Conversations", "x", "Reason number " + count(int64(i)) + strings.Repeat(" and more words", i%9), int64(i), []string{"example"}})
	}
	f.Held = append(f.Held, Difference{"Conversations", "huge", strings.Repeat("A reason that is longer than a whole page. ", 400), 1, nil})
	doc := render(t, f, Brand{Page: "Letter"})
	pages := pageTexts(t, doc)
	if len(pages) < 12 {
		t.Fatalf("%d pages", len(pages))
	}
	all := strings.Join(pages, "\n")
	for i := range 400 {
		if !strings.Contains(all, "Reason number "+count(int64(i))) {
			t.Errorf("reason %d is not on paper", i)
		}
	}
	if n := strings.Count(all, "longer than a whole page") + strings.Count(all, "longer than a whole\n") + strings.Count(all, "longer than a\nwhole"); n < 250 {
		t.Errorf("the long reason stands there %d times, not 400 less those cut by a line's end", n)
	}
	for i, s := range pages[5 : len(pages)-4] {
		if !strings.Contains(s, "What and why") {
			t.Errorf("page %d has no head of the table", i+6)
		}
	}
}

// contents are the drawing commands of each page.
func contents(t *testing.T, doc []byte) []string {
	t.Helper()
	var out []string
	for _, part := range bytes.Split(doc, []byte("stream\n"))[1:] {
		z, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue
		}
		if b, err := io.ReadAll(z); err == nil && bytes.Contains(b, []byte(" Tj ET")) {
			out = append(out, string(b))
		}
	}
	if len(out) == 0 {
		t.Fatal("no page was found")
	}
	return out
}

// places are where each text of each page begins, from the lower left corner.
func places(t *testing.T, doc []byte) [][][2]float64 {
	t.Helper()
	begin := regexp.MustCompile(`BT (-?[\d.]+) (-?[\d.]+) Td`)
	var out [][][2]float64
	for _, page := range contents(t, doc) {
		var at [][2]float64
		for _, m := range begin.FindAllStringSubmatch(page, -1) {
			x, errX := strconv.ParseFloat(m[1], 64)
			y, errY := strconv.ParseFloat(m[2], 64)
			if errX != nil || errY != nil {
				t.Fatal(m)
			}
			at = append(at, [2]float64{x, y})
		}
		out = append(out, at)
	}
	return out
}

// pageTexts reads the text of each page back from the PDF, one text a line, as
// gofpdf writes it: UTF-16 in (...) Tj.
func pageTexts(t *testing.T, doc []byte) []string {
	t.Helper()
	var pages []string
	unescape := strings.NewReplacer(`\\`, `\`, `\(`, `(`, `\)`, `)`, `\r`, "\r")
	texts := regexp.MustCompile(`(?s)BT [\d.]+ [\d.]+ Td \(((?:[^\\)]|\\.)*)\) Tj`)
	for _, b := range contents(t, doc) {
		var page strings.Builder
		for _, m := range texts.FindAllStringSubmatch(b, -1) {
			s := unescape.Replace(m[1])
			for i := 0; i+1 < len(s); i += 2 {
				page.WriteRune(rune(s[i])<<8 | rune(s[i+1]))
			}
			page.WriteByte('\n')
		}
		pages = append(pages, page.String())
	}
	return pages
}

// What the facts say stands on paper, in the order of the sections, and page one
// answers the four questions by itself.
func TestEverythingIsOnPaper(t *testing.T) {
	f := balanced()
	pages := pageTexts(t, render(t, f, brand(t)))
	for _, want := range []string{
		"The manifest balances", "Conversations", "2,502", "2,305", "What did not move, and why", "Status is Spam", "Who says so", "Solveig Brandtner",
		"Kestrelmoor Outdoor", "Rehearsal 2", "21 Nov 2026, 14:05 UTC", "left out", "Page 1 of " + count(int64(len(pages))),
	} {
		if !strings.Contains(pages[0], want) {
			t.Errorf("page one does not say %q", want)
		}
	}
	all, at := strings.Join(pages[1:], ""), 0
	for _, want := range []string{
		"Manifest", "All objects", "11,992", "11,141", "Agreed limits", "at least 99.9 %", "Checks", "Content of attachments", "Held back", "No record is held.",
		"No differences were found.", "Decisions", "Older than 12 years", "Mapping", f.Mapping.Hash, "Business owner", "Runs", "29 h 00 min", "Approvals and waivers",
		"Dario Monteverdi-Kahn", "Evidence", "1,284 entries", f.Audit.Head, f.Hash(),
	} {
		i := strings.Index(all[at:], want)
		if i < 0 {
			t.Errorf("%q is missing, or out of order", want)
			continue
		}
		at += i
	}
	bad := strings.Join(pageTexts(t, render(t, troubled(), Brand{})), "")
	for _, want := range []string{"The manifest does not balance", "Nobody has signed yet.", "tickets.csv, line 836", "not asked", "held:ticket", "‹U+202E›evil", "배송이"} {
		if !strings.Contains(bad, want) {
			t.Errorf("the troubled report does not say %q", want)
		}
	}
}

// Whatever people wrote, page one is one page and nothing leaves the paper.
func TestNothingLeavesThePaper(t *testing.T) {
	f := troubled()
	long := strings.Repeat("Langes Wort mit שלום und 帐篷的拉链坏了 ", 18) + strings.Repeat("x", 300)
	f.Project, f.Source, f.Target, f.Stage = long, long, long, long
	for i := range f.Manifest {
		f.Manifest[i].Title = long
		f.Manifest = append(f.Manifest, f.Manifest[i])
	}
	for i := range f.Held {
		f.Held[i].Message, f.Held[i].Object, f.Held[i].Examples = long, long, []string{long, long}
	}
	for i := range f.Decisions {
		f.Decisions[i].Rule, f.Decisions[i].Who, f.Decisions[i].Why, f.Decisions[i].Fate = long, long, long, long
	}
	for range 7 {
		f.Approvals = append(f.Approvals, Approval{Name: long, Role: long, Statement: long, Waives: []string{long}, Waiver: long})
	}
	f.Mapping.Author, f.Mapping.Hash, f.Audit.Head = long, long, long
	f.Thresholds[0].Title, f.Thresholds[0].Limit, f.Thresholds[0].Measured, f.Thresholds[0].Note = long, long, long, long
	f.Runs[0].Kind, f.Runs[0].ID, f.Runs[0].By = long, long, long
	for _, size := range []string{"A4", "Letter"} {
		doc := render(t, f, Brand{Company: long, Page: size, Logo: logo(t)})
		pages := pageTexts(t, doc)
		if !strings.Contains(pages[0], "Who says so") || !strings.HasPrefix(pages[1], "Contents\n1\nManifest") {
			t.Errorf("%s: page one does not hold what it must: %.300q", size, pages[1])
		}
		for n, at := range places(t, doc) {
			for _, xy := range at {
				if x, y := xy[0], xy[1]; x < marginSide-0.1 || x > 560 || y < 30 || y > 842-36 {
					t.Errorf("%s, page %d: a text begins at %.0f, %.0f", size, n+1, x, y)
				}
			}
		}
	}
}

// Numbers of any length stand on one line.
func TestWideNumbers(t *testing.T) {
	f := balanced()
	f.Manifest = append(f.Manifest, Row{"x", "Things with a long name", 1_234_567_890, 234_567_890, 500_000_000, 250_000_000, 250_000_000, 0, 0, target(234_567_890), 0})
	all := strings.Join(pageTexts(t, render(t, f, Brand{}))[1:], "")
	for _, want := range []string{"\n1,234,567,890\n", "\n234,567,890\n", "\n500,000,000\n", "\n1,234,579,882\n"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is cut", want)
		}
	}
}

// Other programs can read it.
func TestOthersCanReadIt(t *testing.T) {
	if err := api.Validate(bytes.NewReader(render(t, troubled(), brand(t))), nil); err != nil {
		t.Error(err)
	}
	tool, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not installed here; build/setup test installs it")
	}
	for name, f := range map[string]Facts{"balanced": balanced(), "troubled": troubled(), "waived": waived()} {
		file := filepath.Join(t.TempDir(), name+".pdf")
		if err := os.WriteFile(file, render(t, f, brand(t)), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), tool, "--check", file).CombinedOutput(); err != nil || bytes.Contains(out, []byte("WARNING")) {
			t.Errorf("qpdf on %s: %v\n%s", name, err, out)
		}
	}
}

func TestEmptyFacts(t *testing.T) {
	render(t, Facts{GeneratedAt: frozen}, Brand{})
}

// The gateway is the only code that puts text on paper.
func TestOnlyTheGatewaySetsText(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := regexp.MustCompile(`pdf\.(Text|Cell|CellFormat|Write|MultiCell|SplitText|WriteAligned|SubWrite|SetFont|AddUTF8\w+|RTL)\(`)
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if name != "text.go" && !strings.HasSuffix(name, "_test.go") && calls.Match(b) {
			t.Errorf("%s calls %s; only text.go may", name, calls.Find(b))
		}
	}
	if b, err := os.ReadFile("text.go"); err != nil || !calls.Match(b) {
		t.Errorf("the search finds nothing even in text.go (%v)", err)
	}
}

// Every font that ships can be measured and taken by gofpdf.
func TestEveryFaceIsTaken(t *testing.T) {
	letters := map[assets.Face]rune{
		assets.Wide: 'ש', assets.WideStrong: 'Ж', assets.Han: '帐', assets.Arabic: 'ط', assets.Hebrew: 'ש', assets.Devanagari: 'न', assets.Bengali: 'ব',
		assets.Gujarati: 'ગ', assets.Gurmukhi: 'ਗ', assets.Tamil: 'த', assets.Telugu: 'త', assets.Kannada: 'ಕ', assets.Malayalam: 'മ', assets.Sinhala: 'ස',
		assets.Thai: 'ก', assets.Lao: 'ກ', assets.Khmer: 'ក', assets.Myanmar: 'က', assets.Armenian: 'Հ', assets.Georgian: 'გ', assets.Ethiopic: 'አ',
	}
	for _, name := range assets.Faces() {
		f, err := loadFace(name)
		if err != nil {
			t.Fatal(err)
		}
		r, ok := letters[name]
		if !ok {
			r = 'é'
		}
		if !f.has(r) || f.adv[r] == 0 {
			t.Errorf("%s lacks %c", name, r)
		}
		if f.has(0x1f600) || f.has(-1) {
			t.Errorf("%s claims what gofpdf cannot print", name)
		}
	}
	if err := (&face{file: []byte("no font")}).measure(); err == nil {
		t.Error("a damaged font was measured")
	}
}

func TestReportWritesNothingOnFailure(t *testing.T) {
	var out bytes.Buffer
	f := balanced()
	f.GeneratedAt = time.Time{}
	if err := Write(&out, f, Brand{}); err == nil || out.Len() != 0 {
		t.Errorf("%d bytes after %v", out.Len(), err)
	}
}

func TestFactsHavePlainNames(t *testing.T) {
	typ := reflect.TypeFor[Facts]()
	for i := range typ.NumField() {
		if typ.Field(i).Tag.Get("json") == "" {
			t.Errorf("%s has no name in JSON", typ.Field(i).Name)
		}
	}
}
