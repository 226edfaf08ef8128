package project

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"waybill/backend/connector/files"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Certificate says what was erased of one person, and what is left to do by hand. It does
// not say who it was.
type Certificate struct {
	Number int64        `json:"number"`
	At     string       `json:"at"`
	By     model.Person `json:"by"`
	Why    string       `json:"why"`
	// Digest is the SHA-256 of the project's number, a line feed and the address (or
	// object/number) as it was given, in lower case.
	Digest string `json:"digest"`
	// Records that are gone, by object.
	Records map[model.Object]int64 `json:"records"`
	// Attachments whose content is gone, and files of the project that named the person.
	Attachments int64    `json:"attachments"`
	Files       []string `json:"files"`
	// Entries beside the records: rows of imported tables, and people known of the target.
	Entries int64 `json:"entries"`
	// Target lists what was made of them in the target, and who has their address there: only
	// a person can remove it there.
	Target []store.InTarget `json:"target"`
	// Mentions are where others' records, or notes of the project, still name the person.
	Mentions []store.Mention `json:"mentions"`
	// Backups that were made before still hold the person.
	Backups []string `json:"backups"`
	// OneWord counts names of the person that are a single word: they are nobody's alone, so
	// they were not looked for in what others wrote.
	OneWord int `json:"one_word"`
}

// Person is whom an erasure would remove.
type Person struct {
	// Records that are the person, and all that is theirs, by object.
	Names   []string
	Records map[model.Object]int64
	// OneWord are names that are a single word, and not looked for in what others wrote.
	// Phones are the telephone numbers that are, as they were written.
	OneWord, Phones []string
	seqs            []int64
	traces          traces
}

// traces are what a person is found by in what others wrote: texts in any case, and the last
// digits of telephone numbers.
type traces struct{ texts, phones []string }

const purgeSetting = "erasure_to_finish"

// FindPerson finds a customer by an e-mail address or as contact/NUMBER, with everything
// that is theirs: the conversations that they asked for, what they wrote in others', and
// all that hangs on those.
func (p *Project) FindPerson(ctx context.Context, who string) (out Person, err error) {
	who = strings.TrimSpace(who)
	schema, err := p.Schema(ctx, Source)
	if err != nil {
		return out, err
	}
	f := finder{schema: schema, seen: map[int64]model.Object{}}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		f.tx = tx
		if f.objects, err = tx.Objects(); err != nil {
			return err
		}
		return f.find(who)
	})
	if err != nil {
		return out, err
	}
	out = Person{Names: f.names, Records: map[model.Object]int64{}, OneWord: f.oneWord, Phones: f.written, traces: traces{f.texts, f.phones}}
	for seq, o := range f.seen {
		out.seqs = append(out.seqs, seq)
		out.Records[o]++
	}
	slices.Sort(out.seqs)
	return out, nil
}

type finder struct {
	tx      *store.Tx
	schema  model.Schema
	objects []model.Object
	seen    map[int64]model.Object
	names   []string
	texts   []string
	// phones are last digits; written are the numbers as the records have them.
	phones, written, oneWord []string
}

func (f *finder) find(who string) error {
	var people []store.Row
	if object, id, ok := strings.Cut(who, "/"); ok && model.Object(object).Kind() == model.Contact {
		row, err := f.tx.Record(model.Key{Object: model.Object(object), ID: id})
		if err != nil {
			return err
		}
		people = append(people, row)
	} else {
		if !strings.Contains(who, "@") {
			return problem.New("erase.who", "This is no e-mail address.", "Whoever is erased must be named without doubt.", "Type the address, or contact/NUMBER with the number in the old desk.").At(problem.Place{Value: who})
		}
		for _, o := range f.objects {
			if o.Kind() != model.Contact {
				continue
			}
			found, err := f.named(o, who)
			if err != nil {
				return err
			}
			people = append(people, found...)
		}
		f.texts = append(f.texts, store.Fold(who))
	}
	if len(people) == 0 {
		return problem.New("erase.nobody", "Nobody has this address here.", "No customer that was read from the source has it. It may stand in texts of others.", "Look at its spelling, or search in Records.").At(problem.Place{Value: who})
	}
	// Whoever was merged with them is the same person.
	for i := 0; i < len(people); i++ {
		row := people[i]
		if _, ok := f.seen[row.Seq]; ok {
			continue
		}
		f.seen[row.Seq] = row.Record.Key.Object
		shape, _ := f.schema.Object(row.Record.Key.Object)
		f.know(row, shape)
		more, err := f.tx.MergedWith(row.Seq)
		if err != nil {
			return err
		}
		for _, seq := range more {
			other, err := f.tx.RecordAt(seq)
			if err != nil {
				return err
			}
			if other.Record.Key.Object.Kind() == model.Contact {
				people = append(people, other)
			}
		}
	}
	return f.follow()
}

// named lists the customers of one source who have an address.
func (f *finder) named(o model.Object, who string) (out []store.Row, err error) {
	shape, _ := f.schema.Object(o)
	for after := int64(0); ; {
		rows, err := f.tx.Records(store.Filter{Object: o, Text: who}, after, 500)
		if err != nil || len(rows) == 0 {
			return out, err
		}
		after = rows[len(rows)-1].Seq
		for _, row := range rows {
			if slices.Contains(addresses(row, shape), store.Fold(who)) {
				out = append(out, row)
			}
		}
	}
}

// know remembers how a person is called, to look for it in what others wrote.
func (f *finder) know(row store.Row, shape model.ObjectSchema) {
	f.names = append(f.names, row.Name)
	for _, a := range addresses(row, shape) {
		if !slices.Contains(f.texts, a) {
			f.texts = append(f.texts, a)
		}
	}
	for _, s := range phones(row, shape) {
		if d := model.PhoneDigits(s); d != "" && !slices.Contains(f.phones, d) {
			f.phones, f.written = append(f.phones, d), append(f.written, s)
		}
	}
	switch name := strings.TrimSpace(row.Name); {
	case name == "" || slices.Contains(f.texts, name) || slices.Contains(f.oneWord, name):
	case strings.ContainsFunc(name, unicode.IsSpace), strings.Contains(name, "@"):
		f.texts = append(f.texts, name)
	default: // a single word is nobody's name alone
		f.oneWord = append(f.oneWord, name)
	}
}

// phones are all telephone numbers of a record, as they are written.
func phones(row store.Row, shape model.ObjectSchema) []string {
	values, err := model.Values(row.Record.Raw)
	if err != nil {
		return nil // a row that could not be read has no fields
	}
	out := []string{}
	for _, fd := range shape.Fields {
		name := strings.ToLower(fd.Name)
		if fd.Type != model.Phone && !strings.Contains(name, "phone") && !strings.Contains(name, "mobile") && name != "tel" {
			continue
		}
		list, ok := values[fd.Name].([]string)
		if !ok {
			list = []string{model.Plain(values[fd.Name])}
		}
		out = append(out, list...)
	}
	return out
}

// addresses are all e-mail addresses of a record, folded.
func addresses(row store.Row, shape model.ObjectSchema) []string {
	values, err := model.Values(row.Record.Raw)
	if err != nil {
		return nil // a row that could not be read has no fields
	}
	out := []string{}
	for _, fd := range shape.Fields {
		named := fd.Type == model.Email || strings.Contains(strings.ToLower(fd.Name), "mail")
		if !named {
			continue
		}
		list, ok := values[fd.Name].([]string)
		if !ok {
			list = []string{model.Plain(values[fd.Name])}
		}
		for _, s := range list {
			if s = store.Fold(s); strings.Contains(s, "@") && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// follow adds what belongs to what was found, until nothing is added.
func (f *finder) follow() error {
	fresh := map[model.Object][]int64{}
	for seq, o := range f.seen {
		fresh[o] = append(fresh[o], seq)
	}
	for len(fresh) > 0 {
		next := map[model.Object][]int64{}
		for parent, seqs := range fresh {
			for _, child := range f.objects {
				roles := f.owned(parent, child)
				if len(roles) == 0 {
					continue
				}
				found, err := f.children(parent, child, seqs, roles)
				if err != nil {
					return err
				}
				for _, seq := range found {
					if _, ok := f.seen[seq]; !ok {
						f.seen[seq] = child
						next[child] = append(next[child], seq)
					}
				}
			}
		}
		fresh = next
	}
	return nil
}

// owned are the links by which a child is its parent's own: not one that only mentions it,
// such as a copy of a message or who a ticket is about as well.
func (f *finder) owned(parent, child model.Object) []string {
	shape, _ := f.schema.Object(child)
	var out []string
	for _, fd := range shape.Fields {
		if fd.Type != model.LinkType || !slices.Contains(fd.To, parent) {
			continue
		}
		name := strings.ToLower(fd.Name)
		mentioned := strings.Contains(name, "cc") || strings.Contains(name, "follower") || strings.Contains(name, "collab") || strings.Contains(name, "assign")
		switch {
		case fd.Parent, parent.Kind() == model.Contact && child.Kind() != model.Contact && child.Kind() != model.Organization && !mentioned:
			out = append(out, fd.Name)
		}
	}
	if child.Kind() == model.Ticket && parent.Kind() == model.Contact {
		out = asker(out)
	}
	return out
}

// asker picks the link to whoever asked, of those of a ticket to customers: who else has to
// do with it, such as who typed it in for them, does not own it.
func asker(roles []string) []string {
	for _, word := range []string{"requester", "customer", "contact", "reporter"} {
		for _, r := range roles {
			if strings.Contains(strings.ToLower(r), word) {
				return []string{r}
			}
		}
	}
	return roles[:min(1, len(roles))]
}

func (f *finder) children(parent, child model.Object, seqs []int64, roles []string) ([]int64, error) {
	all, err := f.tx.Children(parent, child, seqs)
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, seq := range all {
		row, err := f.tx.RecordAt(seq)
		if err != nil {
			return nil, err
		}
		for _, l := range row.Record.Links {
			if !slices.Contains(roles, l.Role) {
				continue
			}
			spots, err := f.tx.Resolve(l.To, 0)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(l.To, func(r model.Ref) bool { s, ok := spots[r]; _, mine := f.seen[s.Seq]; return ok && mine }) {
				out = append(out, seq)
				break
			}
		}
	}
	return out, nil
}

// Erase removes a person from the project for good: their records, what they wrote, their
// attachments, and the files of the project that name them. What only others can do is
// listed in the certificate: the target, backups, and what others' records say of them.
func (p *Project) Erase(ctx context.Context, who, why string, pr *job.Progress) (c Certificate, err error) {
	if strings.TrimSpace(why) == "" {
		return c, problem.New("erase.no_reason", "Please say why.", "An erasure cannot be undone; its certificate says who asked for it and when.", "Type a reason, such as the number of the request.")
	}
	leave, err := p.enter(ctx)
	if err != nil {
		return c, err
	}
	defer leave()
	person, err := p.FindPerson(ctx, who)
	if err != nil {
		return c, err
	}
	sum := sha256.Sum256([]byte(p.info.ID + "\n" + store.Fold(who)))
	c = Certificate{By: p.Person(), Why: why, Digest: hex.EncodeToString(sum[:]), Files: []string{}, Backups: []string{}, OneWord: len(person.OneWord)}
	pr.Stage("erase", int64(len(person.seqs)))
	if c.Files, err = p.filesNaming(person.traces); err != nil {
		return c, err
	}
	var hashes []string
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		if c.Number, err = tx.NoteErasure(store.Erasure{By: c.By, Why: why, Digest: c.Digest}); err != nil {
			return err
		}
		gone, err := tx.Erase(c.Number, person.seqs)
		if err != nil {
			return err
		}
		c.Records, c.Target, hashes, c.Attachments = gone.Records, gone.Target, gone.Hashes, int64(len(gone.Hashes))
		if err := forgetSamples(tx, person.traces); err != nil {
			return err
		}
		var there []store.InTarget
		if c.Entries, there, err = forgetTraces(tx, person.traces); err != nil {
			return err
		}
		for _, t := range there {
			if !slices.Contains(c.Target, t) {
				c.Target = append(c.Target, t)
			}
		}
		if c.Mentions, err = tx.Mentions(person.traces.texts, person.traces.phones); err != nil {
			return err
		}
		backups, err := Backups(tx)
		if err != nil {
			return err
		}
		for _, b := range backups {
			c.Backups = append(c.Backups, b.Result.Name+" ("+b.Place+")")
		}
		body, err := json.Marshal(c)
		if err != nil {
			return err
		}
		if err := tx.FillErasure(c.Number, body); err != nil {
			return err
		}
		// What is to be done after the commit is not forgotten by a crash.
		if err := tx.Set(purgeSetting, unfinished{Hashes: hashes, Files: c.Files}); err != nil {
			return err
		}
		return tx.Audit(c.By, "person.erased", map[string]any{
			"certificate": c.Number, "digest": c.Digest, "records": c.Records, "attachments": c.Attachments, "files": len(c.Files), "entries": c.Entries, "to_erase_in_target": len(c.Target), "mentions": len(c.Mentions),
		})
	})
	if err != nil {
		return c, err
	}
	pr.Add(int64(len(person.seqs)), 0)
	if err := p.finishErasure(ctx); err != nil {
		return c, err
	}
	list, err := p.Erasures(ctx)
	if err != nil {
		return c, err
	}
	if len(list) == 0 {
		return c, errors.New("the erasure was not kept")
	}
	// What was measured of the stage showed values; it is measured anew.
	_, err = p.Profile(ctx, nil, pr)
	return list[0], err
}

// forgetSamples takes out of what is known of export files the values that were shown as
// examples: they are people's texts.
func forgetSamples(tx *store.Tx, of traces) error {
	names, err := furtherSources(tx)
	if err != nil {
		return err
	}
	for _, n := range append([]string{MainSource}, names...) {
		if err := forgetSamplesOf(tx, SideOf(n), of); err != nil {
			return err
		}
	}
	return nil
}

func forgetSamplesOf(tx *store.Tx, side string, of traces) error {
	var c Connection
	if ok, err := tx.Setting(side, &c); err != nil || !ok || c.Kind != "files" {
		return err
	}
	var tables []files.Table
	if err := json.Unmarshal([]byte(c.Settings["tables"]), &tables); err != nil {
		return err
	}
	before, err := sidePrint(tx, side)
	if err != nil {
		return err
	}
	for i := range tables {
		tables[i].BrokenExamples, tables[i].Preview = []*problem.Problem{}, [][]string{}
		for k := range tables[i].Columns {
			col := &tables[i].Columns[k]
			col.Samples = []string{}
			col.Options = slices.DeleteFunc(col.Options, func(o string) bool { return of.in([]byte(o)) })
			for v := range col.Nothing {
				if of.in([]byte(v)) {
					delete(col.Nothing, v)
				}
			}
		}
	}
	b, err := json.Marshal(tables)
	if err != nil {
		return err
	}
	c.Settings["tables"] = string(b)
	if err := tx.Set(side, c); err != nil {
		return err
	}
	if err := tx.Set(side+"_schema", files.Schema(tables)); err != nil {
		return err
	}
	// The source is read as it was: nobody has to read it again for this.
	then := ""
	if ok, err := tx.Setting(side+"_read", &then); err != nil || !ok || then != before {
		return err
	}
	now, err := sidePrint(tx, side)
	if err != nil {
		return err
	}
	return tx.Set(side+"_read", now)
}

// unfinished is what is to be removed besides the records.
type unfinished struct {
	Hashes []string `json:"hashes"`
	Files  []string `json:"files"`
}

// finishErasure removes the files of an erasure, and writes the project's file anew so that
// nothing deleted can be found in it. Nothing is done when nothing is left to do.
func (p *Project) finishErasure(ctx context.Context) error {
	var left *unfinished
	if err := p.setting(ctx, purgeSetting, &left); err != nil || left == nil {
		return err
	}
	for _, h := range left.Hashes {
		if err := p.files.Remove(h); err != nil {
			return err
		}
	}
	if err := p.removeFiles(left.Files); err != nil {
		return err
	}
	// The index of words is made anew when it is needed next.
	if err := p.words.Drop(); err != nil {
		return err
	}
	if err := p.db.Purge(ctx); err != nil {
		return err
	}
	if err := p.db.Write(ctx, func(tx *store.Tx) error { return tx.Unset(purgeSetting) }); err != nil {
		return err
	}
	return p.db.Purge(ctx) // the log of that, too
}

// Erasures lists the certificates, newest first.
func (p *Project) Erasures(ctx context.Context) (out []Certificate, err error) {
	out = []Certificate{}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Erasures()
		if err != nil {
			return err
		}
		for _, e := range all {
			var c Certificate
			if err := json.Unmarshal(e.Body, &c); err != nil {
				return fmt.Errorf("certificate %d: %w", e.ID, err)
			}
			c.Number, c.At, c.By, c.Why, c.Digest = e.ID, e.At, e.By, e.Why, e.Digest
			out = append(out, c)
		}
		return nil
	})
	return out, err
}
