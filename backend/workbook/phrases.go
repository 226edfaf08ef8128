package workbook

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"waybill/backend/mapping"
	"waybill/backend/model"
)

// Settings of a rule that are more than one word stand in one cell, as a phrase that people
// can read and write: part 2 by ";". What is printed is understood again.

// quoted puts a text between quotation marks; inside they are doubled, as in a formula.
func quoted(s string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, `"`, `""`), "\n", lineBreak) + `"`
}

func splitPhrase(s *mapping.SplitRule) string {
	if s == nil {
		return ""
	}
	if s.How == mapping.ByPosition {
		if s.To == 0 {
			return fmt.Sprintf("from character %d on", s.From)
		}
		return fmt.Sprintf("characters %d to %d", s.From, s.To)
	}
	var out string
	switch {
	case s.Part == 0:
		out = "all parts"
	case s.Part == -1:
		out = "last part"
	case s.Part < 0:
		out = fmt.Sprintf("part %d from the end", -s.Part)
	default:
		out = fmt.Sprintf("part %d", s.Part)
	}
	if s.Rest {
		out += " and the rest"
	}
	if s.How == mapping.ByPattern {
		return out + " by pattern " + quoted(s.By)
	}
	return out + " by " + quoted(s.By)
}

func lookupPhrase(l *mapping.LookupRule) string {
	switch {
	case l == nil:
		return ""
	case l.Table != "":
		return "table " + quoted(l.Table) + " by " + quoted(l.Key) + " take " + quoted(l.Value)
	case l.Key == "":
		return "linked " + quoted(string(l.Object)) + " take " + quoted(l.Value)
	}
	return "records of " + quoted(string(l.Object)) + " by " + quoted(l.Key) + " take " + quoted(l.Value)
}

func checkPhrase(c *mapping.Check) string {
	if c == nil {
		return ""
	}
	var parts []string
	put := func(word, value string) {
		if value != "" {
			parts = append(parts, word+" "+quoted(value))
		}
	}
	put("pattern", c.Pattern)
	if len(c.OneOf) > 0 {
		list := make([]string, len(c.OneOf))
		for i, v := range c.OneOf {
			list[i] = quoted(v)
		}
		parts = append(parts, "one of "+strings.Join(list, ", "))
	}
	put("least", c.Least)
	put("most", c.Most)
	if c.MinLength > 0 {
		parts = append(parts, fmt.Sprintf("at least %d characters", c.MinLength))
	}
	if c.MaxLength > 0 {
		parts = append(parts, fmt.Sprintf("at most %d characters", c.MaxLength))
	}
	put("says", c.Says)
	return strings.Join(parts, "; ")
}

func keepPhrase(k *mapping.Keep) string {
	if k == nil {
		return ""
	}
	if k.Prefix == "" {
		return "in " + quoted(k.Field)
	}
	return "in " + quoted(k.Field) + " behind " + quoted(k.Prefix)
}

// phrase is a text cut into words, numbers and quoted texts.
type phrase struct {
	words []word
	at    int
	ok    bool
}

type word struct {
	text   string
	quoted bool
}

// newPhrase cuts a text. Commas and semicolons only part; typographic quotation marks, which
// spreadsheet programs put in by themselves, are quotation marks.
func newPhrase(s string) *phrase {
	p := &phrase{ok: true}
	r := []rune(strings.NewReplacer("“", `"`, "”", `"`, "„", `"`).Replace(s))
	for i := 0; i < len(r); {
		switch {
		case unicode.IsSpace(r[i]) || r[i] == ',' || r[i] == ';':
			i++
		case r[i] == '"':
			var b strings.Builder
			closed := false
			for i++; i < len(r); i++ {
				if r[i] != '"' {
					b.WriteRune(r[i])
					continue
				}
				if i+1 < len(r) && r[i+1] == '"' {
					b.WriteRune('"')
					i++
					continue
				}
				closed = true
				i++
				break
			}
			p.ok = p.ok && closed
			p.words = append(p.words, word{strings.ReplaceAll(b.String(), lineBreak, "\n"), true})
		default:
			from := i
			for i < len(r) && !unicode.IsSpace(r[i]) && r[i] != ',' && r[i] != ';' && r[i] != '"' {
				i++
			}
			p.words = append(p.words, word{strings.ToLower(string(r[from:i])), false})
		}
	}
	return p
}

// take eats the given words, if they come next.
func (p *phrase) take(words ...string) bool {
	if p.at+len(words) > len(p.words) {
		return false
	}
	for i, w := range words {
		if x := p.words[p.at+i]; x.quoted || x.text != w {
			return false
		}
	}
	p.at += len(words)
	return true
}

// text eats a quoted text; without one the phrase is not understood.
func (p *phrase) text() string {
	if p.at < len(p.words) && p.words[p.at].quoted {
		p.at++
		return p.words[p.at-1].text
	}
	p.ok = false
	return ""
}

func (p *phrase) isText() bool { return p.at < len(p.words) && p.words[p.at].quoted }

func (p *phrase) number() int {
	if p.at < len(p.words) && !p.words[p.at].quoted {
		if n, err := strconv.Atoi(p.words[p.at].text); err == nil && n > 0 {
			p.at++
			return n
		}
	}
	p.ok = false
	return 0
}

// done says that all was understood.
func (p *phrase) done() bool { return p.ok && p.at == len(p.words) }

func parseSplit(s string) (*mapping.SplitRule, bool) {
	p := newPhrase(s)
	out := &mapping.SplitRule{How: mapping.ByText}
	switch {
	case p.take("characters"):
		out.How, out.From = mapping.ByPosition, p.number()
		if !p.take("to") {
			return nil, false
		}
		out.To = p.number()
		return out, p.done() && out.From <= out.To
	case p.take("from", "character"):
		out.How, out.From = mapping.ByPosition, p.number()
		p.take("on")
		return out, p.done()
	case p.take("all", "parts"):
	case p.take("last", "part"):
		out.Part = -1
	case p.take("part"):
		if out.Part = p.number(); p.take("from", "the", "end") {
			out.Part = -out.Part
		}
	default:
		return nil, false
	}
	out.Rest = p.take("and", "the", "rest")
	if !p.take("by") {
		return nil, false
	}
	if p.take("pattern") {
		out.How = mapping.ByPattern
	}
	out.By = p.text()
	return out, p.done() && out.By != ""
}

func parseLookup(s string) (*mapping.LookupRule, bool) {
	p := newPhrase(s)
	out := &mapping.LookupRule{}
	switch {
	case p.take("table"):
		out.Table = p.text()
		p.ok = p.ok && out.Table != ""
	case p.take("linked"):
		out.Object = model.Object(p.text())
	case p.take("records", "of"):
		out.Object = model.Object(p.text())
		p.ok = p.ok && out.Object != ""
	default:
		return nil, false
	}
	if p.take("by") {
		out.Key = p.text()
	}
	if !p.take("take") {
		return nil, false
	}
	out.Value = p.text()
	return out, p.done() && out.Value != ""
}

func parseCheck(s string) (*mapping.Check, bool) {
	p := newPhrase(s)
	out := &mapping.Check{}
	for p.ok && p.at < len(p.words) {
		switch {
		case p.take("pattern"):
			out.Pattern = p.text()
		case p.take("one", "of"):
			for out.OneOf = []string{p.text()}; p.isText(); {
				out.OneOf = append(out.OneOf, p.text())
			}
		case p.take("least"):
			out.Least = p.text()
		case p.take("most"):
			out.Most = p.text()
		case p.take("at", "least"):
			out.MinLength = p.number()
			p.ok = p.ok && p.take("characters")
		case p.take("at", "most"):
			out.MaxLength = p.number()
			p.ok = p.ok && p.take("characters")
		case p.take("says"):
			out.Says = p.text()
		default:
			return nil, false
		}
	}
	return out, p.done() && len(p.words) > 0
}

func parseKeep(s string) (*mapping.Keep, bool) {
	p := newPhrase(s)
	out := &mapping.Keep{}
	if !p.take("in") {
		return nil, false
	}
	out.Field = p.text()
	if p.take("behind") {
		out.Prefix = p.text()
	}
	return out, p.done() && out.Field != ""
}
