package project

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"html"
	"io"
	"os"
	"path/filepath"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/store"
)

// OldNumber says where a record of the old desk is found now. Long after the move somebody
// asks for "ticket 4711", and finds it.
type OldNumber struct {
	Object model.Object `json:"object"`
	// Source that it was in, where there are several; empty: the main one.
	Source string `json:"source,omitempty"`
	// Old number, and its web address when the old desk has one.
	Old        string `json:"old"`
	OldAddress string `json:"old_address,omitempty"`
	// New number and address; empty when it did not move.
	New        string `json:"new,omitempty"`
	NewAddress string `json:"new_address,omitempty"`
	// State is its fate in words, "merged into 4700" too.
	State string `json:"state"`
}

// numbered are the objects whose numbers people know by heart or have in bookmarks.
var numbered = []model.Object{model.Ticket, model.Article}

const numbersPage = 1000

// sourceWords name a source in a sentence.
func sourceWords(source string) string {
	if source == "" {
		return "the main source"
	}
	return model.SourceTitle(source)
}

// OldNumbers calls each with every ticket and help article of the source, in its order.
func (p *Project) OldNumbers(ctx context.Context, each func(OldNumber) error) error {
	from, to := p.sourceLinker(ctx), p.linker(ctx, Target)
	v, _, err := p.Accepted(ctx, 0)
	if err != nil {
		return err
	}
	become := map[model.Object]model.Object{}
	for _, o := range v.Objects {
		become[o.Source] = o.Target
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return err
	}
	objects := []model.Object{}
	for _, o := range numbered {
		objects = append(objects, o)
		for _, x := range src.Objects {
			if x.Object != o && x.Object.Kind() == o {
				objects = append(objects, x.Object)
			}
		}
	}
	for _, o := range objects {
		for after := int64(0); ; {
			var page []OldNumber
			err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
				page, after, err = oldNumbers(tx, o, after, become, from, to)
				return err
			})
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			for _, n := range page {
				if err := each(n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func oldNumbers(tx *store.Tx, o model.Object, after int64, become map[model.Object]model.Object, from, to connector.Linker) (out []OldNumber, last int64, err error) {
	rows, err := tx.Records(store.Filter{Object: o}, after, numbersPage)
	if err != nil || len(rows) == 0 {
		return nil, after, err
	}
	refs := make([]model.Ref, len(rows))
	for i, row := range rows {
		refs[i] = model.Ref{Object: o, Value: row.Record.Key.ID}
	}
	spots, err := tx.Resolve(refs, 0)
	if err != nil {
		return nil, after, err
	}
	for i, row := range rows {
		n := OldNumber{Object: o.Kind(), Source: model.SourceTitle(o.Source()), Old: row.Record.Key.ID, State: row.Fate.String()}
		if from != nil {
			n.OldAddress = from.AddressOf(row.Record.Key)
		}
		if s, ok := spots[refs[i]]; ok {
			if n.New = s.TargetID; n.New != "" && to != nil {
				n.NewAddress = to.AddressOf(model.Key{Object: become[s.Object], ID: s.TargetID})
			}
			if s.Seq != row.Seq {
				into, err := tx.RecordAt(s.Seq)
				if err != nil {
					return nil, after, err
				}
				n.State = "merged into " + into.Record.Key.ID
				if s := into.Record.Key.Object.Source(); s != o.Source() {
					n.State += " of " + sourceWords(s)
				}
			}
		}
		out = append(out, n)
	}
	return out, rows[len(rows)-1].Seq, nil
}

// WriteOldNumbers writes the table of old numbers into a file: a page with a search field
// when its name ends in .html, else CSV. It gives how many lines there are. The file
// appears whole or not at all.
func (p *Project) WriteOldNumbers(ctx context.Context, path string) (lines int64, err error) {
	err = streamWhole(path, func(w io.Writer) error {
		if strings.HasSuffix(strings.ToLower(path), ".html") {
			lines, err = p.numbersPage(ctx, w)
		} else {
			lines, err = p.numbersCSV(ctx, w)
		}
		return err
	})
	return lines, err
}

// streamWhole writes a file under another name first.
func streamWhole(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".waybill-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // it was only begun
		}
	}()
	b := bufio.NewWriter(f)
	if err = write(b); err == nil {
		err = b.Flush()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o600) // it names customers' tickets
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

// cell keeps a spreadsheet from taking data for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (p *Project) numbersCSV(ctx context.Context, w io.Writer) (n int64, err error) {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"what", "old number", "old address", "new number", "new address", "state", "source"}); err != nil {
		return 0, err
	}
	err = p.OldNumbers(ctx, func(x OldNumber) error {
		n++
		return out.Write([]string{x.Object.Word(), cell(x.Old), cell(x.OldAddress), cell(x.New), cell(x.NewAddress), cell(x.State), x.Source})
	})
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return n, err
}

// numbersHead is a page that needs nothing but itself. The data stands in a script element
// of JSON, which cannot end it: < is written as an escape.
const numbersHead = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Old numbers of NAME</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1b1b;background:#fff}
input{font:inherit;padding:.5rem .75rem;width:100%;box-sizing:border-box}table{border-collapse:collapse;width:100%;margin-top:1rem}
td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #ddd;overflow-wrap:anywhere}
@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}td,th{border-color:#444}a{color:#8ab4f8}}</style></head>
<body><h1>Where is it now?</h1><p>Old numbers of NAME. Type a number or paste an old web address.</p>
<label for="q">Old number or address</label><input id="q" autofocus autocomplete="off"><p id="n" role="status"></p>
<table><thead><tr><th>What</th><th>Old number</th><th>New number</th><th>State</th></tr></thead><tbody id="t"></tbody></table>
<script type="application/json" id="d">[
`

const numbersTail = `
]</script>
<script>
const rows=JSON.parse(document.getElementById("d").textContent),q=document.getElementById("q"),t=document.getElementById("t"),n=document.getElementById("n");
function show(){const s=q.value.trim().toLowerCase(),hits=[];
for(const r of rows){if(!s||String(r.old).toLowerCase()===s||(r.old_address||"").toLowerCase()===s)hits.push(r);if(hits.length>=100)break}
if(s&&hits.length<100)for(const r of rows){if(!hits.includes(r)&&String(r.old).toLowerCase().includes(s))hits.push(r);if(hits.length>=100)break}
t.replaceChildren(...hits.map(r=>{const tr=document.createElement("tr");for(const v of [r.object+(r.source?" ("+r.source+")":""),r.old,null,r.state]){const td=document.createElement("td");
if(v===null){const u=r.new_address||"";if(/^https?:\/\//.test(u)){const a=document.createElement("a");a.href=u;a.rel="noopener noreferrer";a.textContent=r.new;td.append(a)}else td.textContent=r.new||"-"}else td.textContent=v;tr.append(td)}return tr}));
n.textContent=hits.length>=100?"The first 100 of "+rows.length+".":hits.length+" of "+rows.length+"."}
q.addEventListener("input",show);show();
</script></body></html>
`

func (p *Project) numbersPage(ctx context.Context, w io.Writer) (n int64, err error) {
	if _, err := io.WriteString(w, strings.ReplaceAll(numbersHead, "NAME", html.EscapeString(p.info.Name))); err != nil {
		return 0, err
	}
	err = p.OldNumbers(ctx, func(x OldNumber) error {
		b, err := json.Marshal(x) // it writes < as \u003c
		if err != nil {
			return err
		}
		if n > 0 {
			b = append([]byte(",\n"), b...)
		}
		n++
		_, err = w.Write(b)
		return err
	})
	if err != nil {
		return n, err
	}
	_, err = io.WriteString(w, numbersTail)
	return n, err
}
