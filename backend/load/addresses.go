package load

import (
	"html"
	"slices"
	"strings"

	"waybill/backend/model"
	"waybill/backend/store"
)

// Texts of the old desk link to its tickets and articles. Where both desks say how their web
// addresses look (connector.Linker), such links lead to the new desk once the record that
// they mean is there: at once if it is, in the second pass where texts can still be changed.

// LossTextLink says that a link in a text leads to a record of the old desk that does not move.
const LossTextLink = "text_link_stays"

// textField is the note of a text whose links can be set later; see store.LaterLink.
const textField = "text of "

// address is a web address in a text and the record of the source that it leads to.
type address struct {
	field string
	// text as it stands there.
	text string
	ref  model.Ref
}

// addressesIn finds links to records of the old desk in the texts of a draft.
func (j *Job) addressesIn(d model.Draft) (out []address) {
	if j.From == nil || j.To == nil {
		return nil
	}
	shape, _ := j.Target.Schema.Object(d.Object)
	for _, f := range shape.Fields {
		if f.Type != model.HTML && f.Type != model.LongText {
			continue
		}
		if s, ok := d.Fields[f.Name].(string); ok {
			out = append(out, j.addressesOf(f, s)...)
		}
	}
	return out
}

func (j *Job) addressesOf(f model.Field, s string) (out []address) {
	for _, text := range webAddresses(s) {
		plain := text
		if f.Type == model.HTML {
			plain = html.UnescapeString(text)
		}
		if k, ok := j.From.KeyOf(plain); ok && k.ID != "" {
			out = append(out, address{field: f.Name, text: text, ref: model.Ref{Object: k.Object, Value: k.ID}})
		}
	}
	return out
}

// webAddresses cuts the web addresses out of a text, each once.
func webAddresses(s string) (out []string) {
	for at := 0; ; {
		i := strings.Index(s[at:], "http")
		if i < 0 {
			return out
		}
		at += i
		rest := s[at:]
		if !strings.HasPrefix(rest, "http://") && !strings.HasPrefix(rest, "https://") {
			at += len("http")
			continue
		}
		end := strings.IndexAny(rest, " \t\r\n\"'<>\\^`{|}\u00a0")
		if end < 0 {
			end = len(rest)
		}
		one := strings.TrimRight(rest[:end], ".,;:!?)]*_")
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
		at += max(len(one), len("http"))
	}
}

func refsIn(list []address) []model.Ref {
	out := make([]model.Ref, len(list))
	for i, a := range list {
		out[i] = a.ref
	}
	return out
}

// redirect makes the links in the texts of a draft lead to the new desk, as far as what
// they mean is there. The others are noted, to be set later, or as a loss.
func (j *Job) redirect(p *prepared, spots map[model.Ref]store.Spot, how func(store.Spot) reach) {
	caps := j.Target.Kind.Caps
	texts := map[string]string{}
	for _, a := range p.addresses {
		s, known := spots[a.ref]
		if to := j.newAddress(s, known); to != "" {
			old, ok := texts[a.field]
			if !ok {
				old, _ = p.draft.Fields[a.field].(string) // it was found in it
			}
			texts[a.field] = j.replaceAddress(p.draft.Object, a, old, to)
			continue
		}
		switch {
		case !known || how(s) == nowhere && s.Fate != model.Pending && s.Fate != model.Held:
			p.lose(LossTextLink, a.field)
		case caps.Updates && caps.QuietUpdates:
			p.hoped = append(p.hoped, store.LaterLink{Seq: p.seq, Object: p.row.Record.Key.Object, Field: textField + a.field + " " + a.ref.Value, To: s.Seq})
		}
	}
	if len(texts) == 0 {
		return
	}
	fields := make(map[string]any, len(p.draft.Fields))
	for k, v := range p.draft.Fields {
		fields[k] = v
	}
	for k, v := range texts {
		fields[k] = v
	}
	p.draft.Fields = fields
}

// newAddress is where a record is found in the new desk; empty when it is not there.
func (j *Job) newAddress(s store.Spot, known bool) string {
	if !known || s.TargetID == "" {
		return ""
	}
	targets := j.targets(s)
	if len(targets) == 0 {
		return ""
	}
	return j.To.AddressOf(model.Key{Object: targets[0], ID: s.TargetID})
}

// replaceAddress replaces an address wherever it stands by itself: one that merely begins
// with it is another one.
func (j *Job) replaceAddress(o model.Object, a address, s, to string) string {
	shape, _ := j.Target.Schema.Object(o)
	if f, _ := shape.Field(a.field); f.Type == model.HTML {
		to = html.EscapeString(to)
	}
	var out strings.Builder
	for {
		i := strings.Index(s, a.text)
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		rest := s[i+len(a.text):]
		out.WriteString(s[:i])
		if whole := webAddresses(s[i:]); len(whole) > 0 && whole[0] == a.text {
			out.WriteString(to)
		} else {
			out.WriteString(a.text)
		}
		s = rest
	}
}

// Redirected gives a text of the target with its links to the old desk as they would be
// if it were written now, for the check.
func (j *Job) Redirected(tx *store.Tx, o model.Object, f model.Field, s string) (string, error) {
	if j.From == nil || j.To == nil {
		return s, nil
	}
	list := j.addressesOf(f, s)
	if len(list) == 0 {
		return s, nil
	}
	spots, err := tx.Resolve(refsIn(list), 0)
	if err != nil {
		return "", err
	}
	for _, a := range list {
		spot, known := spots[a.ref]
		if to := j.newAddress(spot, known); to != "" {
			s = j.replaceAddress(o, a, s, to)
		}
	}
	return s, nil
}
