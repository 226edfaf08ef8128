package report

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// html is a report as one page: for screen readers, which gofpdf's files do not serve, and for
// anybody without a PDF reader. It holds no script and loads nothing; every text goes through
// the template's escaping, and through repair as on paper.
type html struct {
	b      strings.Builder
	marked int
}

// text gives what may be shown of a text.
func (h *html) text(s string) string {
	s, n := repair(s)
	h.marked += n
	return template.HTMLEscapeString(s)
}

func (h *html) put(format string, a ...any) { fmt.Fprintf(&h.b, format, a...) }

// lines is text whose line ends are kept.
func (h *html) lines(s string) string { return strings.ReplaceAll(h.text(s), "\n", "<br>") }

func (b none) write(h *html)  { h.put("<p>%s</p>\n", h.lines(string(b))) }
func (b para) write(h *html)  { h.put("<p class=small>%s</p>\n", h.lines(string(b))) }
func (b head) write(h *html)  { h.put("<h3>%s</h3>\n", h.text(string(b))) }
func (b table) write(h *html) { h.table(b.name, b.cols, b.rows) }

func (b pairs) write(h *html) {
	h.put("<dl>\n")
	for _, kv := range b.list {
		class := ""
		if b.voice == mono {
			class = " class=mono"
		}
		h.put("<dt>%s</dt><dd dir=auto%s>%s</dd>\n", h.text(kv[0]), class, h.lines(kv[1]))
	}
	h.put("</dl>\n")
}

func (b account) write(h *html) {
	cols := []column{{head: "Object"}}
	for _, s := range accountHeads {
		cols = append(cols, column{head: s, right: true})
	}
	h.table("The manifest: where every record of the source is now", append(cols, column{head: "Balances"}), b.rows())
	h.put("<div class=bars aria-hidden=true>\n") // the table says the same
	for _, r := range b {
		h.put("<span>%s</span><span class=bar>", h.text(r.Title))
		if r.Source > 0 {
			for i, a := range parts(r) {
				if a.n > 0 {
					h.put("<i class=p%d style=\"flex:%d\" title=\"%s %s\"></i>", i, a.n, count(a.n), a.name)
				}
			}
		}
		h.put("</span><span class=num>%s moved</span>\n", percent(r.Moved, r.Source))
	}
	h.put("</div>\n<p class=\"small legend\" aria-hidden=true>")
	sum, _ := b.total()
	for i, a := range parts(sum) {
		if a.n > 0 {
			h.put("<i class=p%d></i> %s ", i, a.name)
		}
	}
	h.put("</p>\n")
}

func (shown) write(h *html) {
	if h.marked > 0 {
		h.put("<p class=small>%s</p>\n", template.HTMLEscapeString(markedWords(h.marked)))
	}
}

func (h *html) table(name string, cols []column, rows []row) {
	h.put("<div class=wide role=region tabindex=0 aria-label=\"%s\"><table><caption>%s</caption>\n<thead><tr>", template.HTMLEscapeString(name), template.HTMLEscapeString(name))
	for _, c := range cols {
		h.put("<th scope=col%s>%s</th>", numeric(c), h.text(c.head))
	}
	h.put("</tr></thead>\n<tbody>\n")
	for _, r := range rows {
		class := ""
		if r.total {
			class = " class=total"
		}
		h.put("<tr%s>", class)
		for i, c := range r.cells {
			inner := h.lines(c.text)
			switch {
			case c.mark != "":
				inner = outcome(h, c)
			case c.bold:
				inner = "<strong>" + inner + "</strong>"
			}
			h.put("<td dir=auto%s>%s", numeric(cols[i]), inner)
			if len(r.under) > 0 && i == widest(cols) {
				h.put("<ul>")
				for _, u := range r.under {
					h.put("<li dir=auto>%s</li>", h.lines(strings.TrimPrefix(u, "–  ")))
				}
				h.put("</ul>")
			}
			if r.drawn != "" && i == 0 {
				h.signature(r.drawn, c.text)
			}
			h.put("</td>")
		}
		h.put("</tr>\n")
	}
	h.put("</tbody></table></div>\n")
}

// widest is the column that has room for what stands under a row.
func widest(cols []column) int {
	for i, c := range cols {
		if c.width == 0 {
			return i
		}
	}
	return 0
}

func outcome(h *html, c cell) string {
	sign := map[Outcome]string{Balances: "✓", OutOfLine: "✗", WaivedOpen: "–"}[c.mark]
	return fmt.Sprintf(`<span class="mark %s"><b aria-hidden=true>%s</b> %s</span>`, outcomeClass(c.mark), sign, h.text(outcomeWord(c)))
}

func outcomeClass(o Outcome) string {
	return map[Outcome]string{Balances: "good", OutOfLine: "bad", WaivedOpen: "waived"}[o]
}

func numeric(c column) string {
	if c.right {
		return " class=num"
	}
	return ""
}

// WriteHTML writes the same report as Write as one page that needs nothing else: no script, no
// address outside it. The same facts and brand give the same bytes.
func WriteHTML(w io.Writer, f Facts, b Brand) error {
	if f.GeneratedAt.IsZero() {
		return errNoTime()
	}
	logo, err := readLogo(b.Logo)
	if err != nil {
		return err
	}
	h := &html{}
	company := b.Company
	if company == "" {
		company = f.Project
	}
	v := f.Verdict()
	h.put("<!doctype html>\n<html lang=en><head><meta charset=utf-8>\n"+
		"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"+
		"<meta name=viewport content=\"width=device-width\"><title>%s</title>\n<style>%s</style></head><body>\n", h.text(f.Project+": migration sign-off"), pageStyle)
	h.put("<a class=skip href=#main>To the report</a>\n<header>")
	if logo != nil {
		h.put("<img alt=\"%s\" src=\"data:image/png;base64,%s\">", h.text(company), base64.StdEncoding.EncodeToString(logo))
	}
	h.put("<p class=company>%s</p><p class=kind>Migration sign-off</p></header>\n<main id=main>\n<h1 dir=auto>%s</h1>\n", h.text(company), h.text(f.Project))
	line := f.Source + " → " + f.Target
	if f.Stage != "" {
		line += " · " + f.Stage
	}
	h.put("<p class=lead>%s</p><p class=small>As things stood on %s</p>\n", h.text(line), moment(f.GeneratedAt))
	h.put("<section class=\"verdict %s\" aria-labelledby=verdict><h2 id=verdict>%s</h2><p>%s</p></section>\n", outcomeClass(v.Outcome), h.text(v.Title), h.text(v.Sentence))
	list := signOff(f)
	h.put("<nav aria-labelledby=contents><h2 id=contents>Contents</h2><ol>\n")
	for i, s := range list {
		h.put("<li><a href=#s%d>%s</a></li>\n", i+1, h.text(s.title))
	}
	h.put("</ol></nav>\n")
	for i, s := range list {
		h.put("<section aria-labelledby=s%d><h2 id=s%d><span class=n>%d</span> %s</h2>\n<p class=intro>%s</p>\n", i+1, i+1, i+1, h.text(s.title), h.text(s.intro))
		for _, b := range s.blocks {
			b.write(h)
		}
		h.put("</section>\n")
	}
	h.put("</main>\n<footer>Made by Waybill from facts %s, %s</footer>\n</body></html>\n", f.Hash()[:12], moment(f.GeneratedAt))
	if _, err := io.WriteString(w, h.b.String()); err != nil {
		return unwritten("report", err)
	}
	return nil
}

const pageStyle = `
:root{--ink:#17202a;--soft:#4a5766;--rule:#c3cad3;--ground:#fff;--box:#f2f6f7;--accent:#0b6472;--light:#b9d6da;--grey:#cfd5dc;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaee;--soft:#aeb8c3;--rule:#44505c;--ground:#14191e;--box:#1d252b;--accent:#5cc0cf;--light:#2c5a63;--grey:#5a6673}}
@media print{:root{--ink:#000;--soft:#333;--ground:#fff;--box:#fff;--accent:#000}nav,.skip{display:none}section{break-inside:auto}tr{break-inside:avoid}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:2rem 1.5rem;background:var(--ground);color:var(--ink);font:16px/1.5 "IBM Plex Sans",system-ui,sans-serif}
header{display:flex;gap:1rem;align-items:center;border-bottom:2px solid var(--accent);padding-bottom:.5rem}
header img{height:2.5rem;background:#fff}
header p{margin:0}.company{font-weight:600;flex:1}.kind,.small,.intro,caption{color:var(--soft)}
h1{font-size:2rem;line-height:1.2;margin:1.5rem 0 .3rem}h2{font-size:1.25rem;margin:2.2rem 0 .2rem}h3{font-size:1rem;margin:1.2rem 0 .3rem}
.lead{font-size:1.1rem;margin:0}.small{font-size:.9rem}.n,a{color:var(--accent)}
.verdict{background:var(--box);border-left:4px solid var(--accent);padding:.2rem 1.2rem 1rem;margin:1.2rem 0}.verdict h2{margin-top:1rem}.verdict.bad,.verdict.waived{border-left-style:double;border-left-width:8px}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.95rem}
caption{text-align:left;font-size:.85rem;position:absolute;left:-99rem}
th{text-align:left;font-size:.85rem;color:var(--soft);border-bottom:2px solid var(--ink);vertical-align:bottom}
td{border-bottom:1px solid var(--rule);vertical-align:top}th,td{padding:.35rem .8rem .35rem 0}
.num{text-align:right;font-variant-numeric:tabular-nums}tr.total td{border-top:2px solid var(--ink);font-weight:600}
td ul{margin:.2rem 0 0;padding-left:1.1rem;color:var(--soft);font-size:.9rem}
.mark{white-space:nowrap;font-weight:600}.mark b{display:inline-block;width:1.4em;height:1.4em;line-height:1.2em;text-align:center;border:1.5px solid;border-radius:50%}.mark.good b{background:var(--accent);color:var(--ground);border-color:var(--accent)}
dl{display:grid;grid-template-columns:9rem 1fr;gap:.3rem 1rem;margin:.6rem 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.mono,dd.mono{font-family:"IBM Plex Mono",ui-monospace,monospace;font-size:.9rem}
.drawn{display:block;width:9rem;height:2.7rem}.drawn path{fill:none;stroke:var(--ink);stroke-width:9;stroke-linecap:round;stroke-linejoin:round}
.bars{display:grid;grid-template-columns:9rem 1fr 8rem;gap:.35rem 1rem;align-items:center;font-size:.9rem}
.legend i{display:inline-block;width:1.2rem;height:.7rem;border:1px solid var(--ink);margin-left:.8rem}.legend i:first-child{margin-left:0}
.bar{display:flex;height:.9rem;border:1px solid var(--ink)}.bar i{min-width:3px;border-right:1px solid var(--ink)}
.p0{background:var(--accent)}.p1{background:repeating-linear-gradient(45deg,var(--light) 0 3px,var(--accent) 3px 4px)}.p2{background:var(--grey)}
.p3{background:radial-gradient(var(--soft) 28%,transparent 30%) 0 0/5px 5px}.p4{background:repeating-linear-gradient(45deg,transparent 0 2px,var(--ink) 2px 3px),repeating-linear-gradient(-45deg,transparent 0 2px,var(--ink) 2px 3px)}.p5{background:repeating-linear-gradient(-45deg,transparent 0 3px,var(--ink) 3px 4px)}
footer{margin-top:3rem;border-top:1px solid var(--rule);padding-top:.5rem;color:var(--soft);font-size:.85rem}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem}
`
