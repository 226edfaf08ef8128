package load

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// Ease tells the program what was chosen about losses; call it once, after compiling.
func (j *Job) Ease() {
	for key, choice := range j.Choices {
		part := strings.SplitN(key, "/", 3)
		if len(part) != 3 || choice == ChooseHold {
			continue
		}
		switch part[0] {
		case LossText:
			j.Program.Ease(model.Object(part[1]), part[2], transform.Ease{AnyLength: true})
		case LossSeveral:
			j.Program.Ease(model.Object(part[1]), part[2], transform.Ease{FirstOfSeveral: true})
		}
	}
}

// draftInto makes a record's draft with its content; any problem holds the record.
func (j *Job) draftInto(tx *store.Tx, p *prepared) error {
	key := p.row.Record.Key
	d, found, err := j.apply(tx, p.row)
	if err != nil {
		return err
	}
	d.Source, d.Mark = key, MarkOf(j.Project, key)
	p.draft, p.why = d, found
	for _, f := range found {
		switch f.Code {
		case transform.CodeTooLong:
			p.lose(LossText, f.Where.Field)
		case transform.CodeSeveralValues:
			p.lose(LossSeveral, f.Where.Field)
		}
	}
	for _, f := range d.Eased {
		p.lose(LossSeveral, f)
	}
	if len(found) > 0 || !j.fileField(d.Object) {
		return nil
	}
	f, ok, err := tx.File(p.seq)
	if err != nil {
		return err
	}
	limit := j.Target.Kind.Caps.MaxFile
	switch {
	case !ok:
		p.why = []*problem.Problem{p.at(problem.New("load.no_content", "The source names no content for this attachment.",
			"Without content there is nothing to move.", "Leave it out, or name the column that holds the file's place."))}
	case f.Problem != nil:
		p.why = []*problem.Problem{p.at(f.Problem)}
	case limit > 0 && f.Size > limit:
		p.lose(LossFile, "content")
		return j.tooLarge(p, f, limit)
	default:
		p.draft.File = &model.File{Name: f.Name, Hash: f.Hash, Size: f.Size, Type: f.Type}
	}
	return nil
}

// tooLarge does with a file that the target would refuse what was chosen.
func (j *Job) tooLarge(p *prepared, f store.File, limit int64) error {
	switch j.choice(LossFile, p.row.Record.Key.Object, "content") {
	case ChooseArchive:
		p.aside = "The file is larger than the target takes; it is kept in the archive."
	case ChooseNote:
		text := fmt.Sprintf("The file %q (%d bytes) is larger than the %d MB that the new desk takes.\nIt was not moved. It is kept in the Waybill project, under its SHA-256:\n%s\n", f.Name, f.Size, limit>>20, f.Hash)
		hash, size, err := j.Files.Put(strings.NewReader(text))
		if err != nil {
			return err
		}
		p.draft.File = &model.File{Name: f.Name + ".txt", Hash: hash, Size: size, Type: "text/plain"}
		for _, n := range []string{"name", "filename", "file_name"} {
			if _, ok := p.draft.Fields[n]; ok {
				p.draft.Fields[n] = f.Name + ".txt"
			}
		}
		for _, n := range []string{"content_type", "mime_type"} {
			if _, ok := p.draft.Fields[n]; ok {
				p.draft.Fields[n] = "text/plain"
			}
		}
	default:
		p.why = []*problem.Problem{p.at(problem.New("load.file_too_large", fmt.Sprintf("The target takes no files larger than %d MB.", limit>>20),
			"This attachment is larger, so the target would refuse it.", "Choose in the plan what becomes of such files: a note in their place, or kept in the archive only."))}
	}
	return nil
}

// fit makes long texts fit, as the plan chose, and makes the extras that this needs.
func (j *Job) fit(p *prepared) error {
	shape, _ := j.Target.Schema.Object(p.draft.Object)
	for _, f := range shape.Fields {
		s, ok := p.draft.Fields[f.Name].(string)
		if !ok || f.MaxLength <= 0 || len(s) <= f.MaxLength || utf8.RuneCountInString(s) <= f.MaxLength {
			continue
		}
		p.lose(LossText, f.Name)
		var err error
		switch j.choice(LossText, p.row.Record.Key.Object, f.Name) {
		case ChooseSplit:
			j.split(p, f, s)
		case ChooseAttach:
			err = j.attach(p, f, s)
		case ChooseShorten:
			p.draft.Fields[f.Name] = shorten(f, s)
		default: // what the mapping allowed became too long by what was added to it
			p.why = append(p.why, p.at(problem.New(transform.CodeTooLong, fmt.Sprintf("“%s” is longer than the %d characters that the target takes.", f.Name, f.MaxLength),
				"Waybill never cuts a text silently.", "Choose in the plan what becomes of long texts: several messages, a file, or a shorter text.").At(problem.Place{Field: f.Name})))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// archive lets closed tickets go straight into the target's archive, where it has one and
// a person chose so (P-74).
func (j *Job) archive(p *prepared) {
	if p.draft.Object != model.Ticket || !j.Target.Kind.Caps.Archives {
		return
	}
	shape, _ := j.Target.Schema.Object(p.draft.Object)
	for _, f := range shape.Fields {
		if s, ok := p.draft.Fields[f.Name].(string); ok && f.Type == model.Option && store.Fold(s) == "closed" {
			p.lose(LossArchive, f.Name)
			p.draft.Archive = j.choice(LossArchive, p.row.Record.Key.Object, f.Name) == ChooseArchive
			return
		}
	}
}

// split makes further records of the rest of a long text, of the same time and author.
func (j *Job) split(p *prepared, f model.Field, s string) {
	parts, whole := SplitText(s, f.MaxLength, f.Type == model.HTML)
	if !whole {
		p.why = append(p.why, p.at(problem.New(transform.CodeTooLong, "A picture is written into the text of “"+f.Name+"”, and it is longer than a whole message may be.",
			"No splitting would keep it.", "Choose in the plan to attach long texts as a file.").At(problem.Place{Field: f.Name})))
		return
	}
	p.draft.Fields[f.Name] = parts[0]
	for i, part := range parts[1:] {
		d := p.draft
		d.Fields = make(map[string]any, len(p.draft.Fields))
		for k, v := range p.draft.Fields {
			d.Fields[k] = v
		}
		d.Fields[f.Name] = part
		d.Mark = extraMark(p.draft.Mark, fmt.Sprintf("%d", i+2))
		p.extras = append(p.extras, extraDraft{n: len(p.extras) + 1, what: "text", draft: d})
	}
}

func extraMark(m model.Mark, what string) model.Mark { return m + model.Mark(":+"+what) }

// attach keeps the beginning of a long text and attaches all of it as a file.
func (j *Job) attach(p *prepared, f model.Field, s string) error {
	shape, owner, ok := j.attachTo(p.draft.Object)
	if !ok {
		p.draft.Fields[f.Name] = shorten(f, s)
		return nil
	}
	name, kind := f.Name+".txt", "text/plain"
	if f.Type == model.HTML {
		name, kind = f.Name+".html", "text/html"
	}
	hash, size, err := j.Files.Put(strings.NewReader(s))
	if err != nil {
		return err
	}
	p.draft.Fields[f.Name] = shortenWith(f, s, "The whole text is attached as "+name+".")
	d := model.Draft{
		Mark: extraMark(p.draft.Mark, "file"), Object: shape.Object, Source: p.draft.Source, Thread: p.draft.Thread,
		Fields: map[string]any{}, File: &model.File{Name: name, Hash: hash, Size: size, Type: kind},
	}
	p.extras = append(p.extras, extraDraft{n: len(p.extras) + 1, what: "file", draft: d, owner: owner})
	return nil
}

func shorten(f model.Field, s string) string { return shortenWith(f, s, "") }

// shortenWith keeps as much of a text as fits beside a last line.
func shortenWith(f model.Field, s, last string) string {
	html := f.Type == model.HTML
	switch {
	case last == "":
		last = "…"
	case html:
		last = "<p><em>" + escape(last) + "</em></p>"
	default:
		last = "…\n\n" + last
	}
	room := f.MaxLength - utf8.RuneCountInString(last)
	if room < 1 {
		return string([]rune(s)[:f.MaxLength])
	}
	if html {
		parts, _ := cutHTML(s, room) // what does not fit is in the file, or in the archive
		return parts[0] + last
	}
	return strings.TrimRight(string([]rune(s)[:room]), " \n\t") + last
}

// witness writes the original author and time into a message, where the target cannot
// keep them or somebody else stands in.
func (j *Job) witness(tx *store.Tx, p *prepared, swapped map[string]bool, spots map[model.Ref]store.Spot) error {
	if p.draft.Object != model.Message {
		return nil
	}
	shape, _ := j.Target.Schema.Object(p.draft.Object)
	body, author := "", ""
	for _, f := range shape.Fields {
		switch {
		case body == "" && !f.ReadOnly && (f.Type == model.HTML || f.Type == model.LongText):
			body = f.Name
		case author == "" && f.Type == model.LinkType && !f.Parent && personal(f.To):
			author = f.Name
		}
	}
	caps := j.Target.Kind.Caps
	note := caps.NotesLoseOrigin && private(shape, p.draft)
	lostAuthor, lostTime := !caps.KeepsAuthor || note || swapped[author], !caps.Backdates || note
	if body == "" || !lostAuthor && !lostTime {
		return nil
	}
	words := []string{}
	if lostAuthor {
		p.lose(LossAuthor, "")
		if who := authorOf(p.row.Record, spots); who != "" {
			words = append(words, "Originally by "+who)
		}
	}
	if lostTime {
		p.lose(LossTime, "")
	}
	if at := j.momentOf(p.row.Record); at != "" {
		words = append(words, "on "+at)
	}
	if len(words) == 0 {
		return nil
	}
	line := strings.Join(words, " ")
	f, _ := shape.Field(body)
	text, _ := p.draft.Fields[body].(string) // nothing is an empty text
	fields := make(map[string]any, len(p.draft.Fields))
	for k, v := range p.draft.Fields {
		fields[k] = v
	}
	if f.Type == model.HTML {
		fields[body] = "<p><em>" + escape(line) + "</em></p>" + text
	} else {
		fields[body] = line + "\n\n" + text
	}
	for _, f := range shape.Fields {
		if note && f.Ordering {
			delete(fields, f.Name) // it cannot be kept, the text says it
		}
	}
	p.draft.Fields = fields
	return nil
}

// private says whether a draft is a note that customers never see.
func private(shape model.ObjectSchema, d model.Draft) bool {
	for _, f := range shape.Fields {
		if !f.Private {
			continue
		}
		want := f.PrivateValue
		if want == "" {
			want = "true"
		}
		if v, ok := d.Fields[f.Name]; ok && model.Plain(v) == want {
			return true
		}
	}
	return false
}

func personal(to []model.Object) bool {
	for _, o := range to {
		if k := o.Kind(); k != model.Agent && k != model.Contact {
			return false
		}
	}
	return len(to) > 0
}

// authorOf says who wrote a message in the source: the name that is known, else what the source wrote.
func authorOf(r model.Record, spots map[model.Ref]store.Spot) string {
	for _, l := range r.Links {
		objects := make([]model.Object, len(l.To))
		for i, ref := range l.To {
			objects[i] = ref.Object
		}
		if !personal(objects) {
			continue
		}
		for _, ref := range l.To {
			if s, ok := spots[ref]; ok && s.Name != "" {
				return s.Name
			}
		}
		return l.To[0].Value
	}
	return ""
}

// momentOf says when a record was made, as its source says it.
func (j *Job) momentOf(r model.Record) string {
	shape, _ := j.Source.Object(r.Key.Object)
	field := ""
	for _, f := range shape.Fields {
		if f.Ordering || field == "" && (f.Type == model.DateTime || f.Type == model.Date) {
			field = f.Name
			if f.Ordering {
				break
			}
		}
	}
	values, err := model.Values(r.Raw)
	if err != nil || field == "" {
		return "" // what cannot be read was held long before
	}
	at := model.Plain(values[field])
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		return t.UTC().Format("2006-01-02 15:04 UTC")
	}
	return at
}
