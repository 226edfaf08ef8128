package delta

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"waybill/backend/connector"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// extraNote is what the ledger of extras calls a note about a conflict, and firstNote
// where their numbers begin, behind those of a record's own parts.
const (
	extraNote = "note"
	firstNote = 1000
)

// notable says whether records of an object belong to a ticket that a note can be
// written on.
func notable(o model.Object) bool {
	o = o.Kind()
	return o == model.Ticket || o == model.Message || o == model.Attachment
}

// note is a private message about one record, on its way.
type note struct {
	plan   store.DeltaItem
	item   Item
	action string
	extra  store.Extra
	draft  model.Draft
	// known: an earlier try wrote it down, so the target is asked for it before it is sent.
	known bool
}

// notes writes the private notes that were chosen for conflicts and for what is gone.
func (w *worker) notes(ctx context.Context, o model.Object) error {
	for _, action := range []string{store.ActConflict, store.ActGone} {
		for after := int64(0); ; {
			if err := w.p.Checkpoint(ctx); err != nil {
				return err
			}
			var list []*note
			var failed map[int64]*problem.Problem
			n := 0
			err := w.j.DB.Read(ctx, func(tx *store.Tx) error {
				items, err := tx.DeltaItems(w.plan, o, action, Note, after, page)
				if err != nil || len(items) == 0 {
					return err
				}
				n, after = len(items), items[len(items)-1].Seq
				list, failed, err = w.draftNotes(tx, o, action, items)
				return err
			})
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			if err := w.fail(ctx, o, failed, countFailed); err != nil {
				return err
			}
			w.p.Add(int64(n-len(list)-len(failed)), 0)
			if err := w.sendNotes(ctx, o, list); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *worker) draftNotes(tx *store.Tx, o model.Object, action string, items []store.DeltaItem) (out []*note, failed map[int64]*problem.Problem, err error) {
	seqs := make([]int64, len(items))
	for i, it := range items {
		seqs[i] = it.Seq
	}
	open, err := tx.ChangesAt(seqs)
	if err != nil {
		return nil, nil, err
	}
	done, err := tx.ConflictsAt(seqs)
	if err != nil {
		return nil, nil, err
	}
	extras, err := tx.ExtrasOf(seqs)
	if err != nil {
		return nil, nil, err
	}
	failed = map[int64]*problem.Problem{}
	for _, it := range items {
		c, ok := open[it.Seq]
		if !ok || done[it.Seq].Plan == w.plan || c.Run == w.run.ID {
			continue
		}
		n := &note{plan: it, action: action}
		if n.item, err = readItem(it.Body); err != nil {
			return nil, nil, err
		}
		why, err := w.compose(tx, c, n)
		if err != nil {
			return nil, nil, err
		}
		if why != nil {
			failed[it.Seq] = why
			continue
		}
		number := firstNote
		for _, x := range extras[it.Seq] {
			if x.Mark == n.draft.Mark {
				number, n.known, n.extra = x.N, true, x
				break
			}
			number = max(number, x.N+1)
		}
		if !n.known {
			n.extra = store.Extra{Seq: it.Seq, N: number, Object: o, What: extraNote, Target: n.draft.Object, Mark: n.draft.Mark}
		}
		out = append(out, n)
	}
	return out, failed, nil
}

// compose makes the private message of a note.
func (w *worker) compose(tx *store.Tx, c store.Change, n *note) (*problem.Problem, error) {
	shape, _ := w.j.Target.Schema.Object(model.Message)
	private, ok := mapping.Visibility(shape)
	parent, text := model.Field{}, model.Field{}
	for _, f := range shape.Fields {
		switch {
		case f.Type == model.LinkType && f.Parent:
			parent = f
		case (f.Type == model.HTML || f.Type == model.LongText) && !f.ReadOnly && (text.Name == "" || f.Required && !text.Required):
			text = f
		}
	}
	none := func(what string) *problem.Problem {
		return problem.New(CodeNoNote, "No private note can be written about this record: "+what, "A note that customers could read is never written.",
			"Choose to keep the record as it is, or to take the source's values.").At(place(c))
	}
	// Invariant 10: where a note cannot be private there is none.
	if !ok || private.Value(true) == "" || parent.Name == "" || text.Name == "" {
		return none(w.j.Target.Kind.Title + " has no private messages that Waybill knows."), nil
	}
	ticket, err := ticketOf(tx, c.Line)
	if err != nil {
		return nil, err
	}
	if ticket == "" {
		return none("its ticket is not there."), nil
	}
	body := words(c, n.item, text.Type == model.HTML)
	if text.MaxLength > 0 {
		if r := []rune(body); len(r) > text.MaxLength {
			return none("it would be longer than a message may be."), nil
		}
	}
	sum := sha256.Sum256([]byte(body))
	d := model.Draft{
		Mark: load.MarkOf(w.j.Project, model.Key{Object: c.Line.Object, ID: c.Line.Source}) + model.Mark(":+note"+hex.EncodeToString(sum[:4])), Object: model.Message,
		Source: model.Key{Object: c.Line.Object, ID: c.Line.Source},
		Fields: map[string]any{text.Name: body, private.Field.Name: visibility(private)},
		Links:  []model.DraftLink{{Field: parent.Name, Required: true, Target: model.Key{Object: model.Ticket, ID: ticket}}},
	}
	for _, f := range shape.Fields {
		if f.Type != model.LinkType || !f.Required || f.Parent {
			continue
		}
		if !slices.Contains(f.To, model.Agent) {
			return none("it needs “" + f.Name + "”, which a note has not."), nil
		}
		agents, err := tx.Sent(model.Agent, 0, 1)
		if err != nil {
			return nil, err
		}
		if len(agents) == 0 {
			return none("no agent was moved who could have written it."), nil
		}
		d.Links = append(d.Links, model.DraftLink{Field: f.Name, Required: true, Target: model.Key{Object: model.Agent, ID: agents[0].ID}})
	}
	n.draft = d
	return nil, nil
}

func visibility(p mapping.Private) any {
	v := p.Value(true)
	if p.Field.Type != model.Bool {
		return v
	}
	return v == "true"
}

// ticketOf finds the id in the target of the ticket that a record is or belongs to;
// empty when there is none.
func ticketOf(tx *store.Tx, l store.LedgerLine) (string, error) {
	if l.Object.Kind() == model.Ticket {
		return l.ID, nil
	}
	seq := l.Seq
	for range 3 {
		row, err := tx.RecordAt(seq)
		if err != nil {
			return "", err
		}
		refs := []model.Ref{}
		for _, link := range row.Record.Links {
			for _, ref := range link.To {
				if k := ref.Object.Kind(); k == model.Ticket || k == model.Message {
					refs = append(refs, ref)
				}
			}
		}
		spots, err := tx.Resolve(refs, 0)
		if err != nil {
			return "", err
		}
		seq = 0
		for _, ref := range refs {
			s, ok := spots[ref]
			if ok && s.Object.Kind() == model.Ticket {
				return s.TargetID, nil
			}
			if ok && seq == 0 {
				seq = s.Seq
			}
		}
		if seq == 0 {
			return "", nil
		}
	}
	return "", nil
}

// words of a note: what the source says, what was moved and what this desk says.
func words(c store.Change, it Item, rich bool) string {
	lines := []string{}
	word := c.Line.Object.Word()
	switch {
	case it.How == store.HowMerged:
		lines = append(lines, fmt.Sprintf("Since the move, the %s %s was merged into %s in the former desk. It was kept here.", word, c.Line.Source, it.Into))
	case it.How == store.HowDeleted:
		lines = append(lines, fmt.Sprintf("Since the move, the %s %s was deleted in the former desk. It was kept here.", word, c.Line.Source))
	default:
		lines = append(lines, fmt.Sprintf("Since the move, the %s %s was changed both here and in the former desk. It was kept here as it is.", word, c.Line.Source))
		for _, d := range it.Differences {
			if d.Changed {
				lines = append(lines, fmt.Sprintf("%s: there it is now “%s”; it was moved as “%s”.", d.Title, d.Source, d.Wrote))
			}
		}
	}
	if !rich {
		return strings.Join(lines, "\n")
	}
	b := strings.Builder{}
	for _, l := range lines {
		// What customers wrote is text here, never markup.
		b.WriteString("<p>" + html.EscapeString(l) + "</p>")
	}
	return b.String()
}

// sendNotes brings notes to their end: each is there once.
func (w *worker) sendNotes(ctx context.Context, o model.Object, list []*note) error {
	writer, ok := w.j.Target.Conn.(connector.Writer)
	if !ok {
		return problem.New(CodeNoNote, w.j.Target.Kind.Title+" cannot be written to.", "No note can be left there.", "Choose to keep these records as they are.")
	}
	t := load.NewTrouble(w.j, w.p)
	for len(list) > 0 {
		send, err := w.missing(ctx, o, list)
		if err != nil || len(send) == 0 {
			return err
		}
		extras, drafts := make([]store.Extra, len(send)), make([]model.Draft, len(send))
		for i, n := range send {
			extras[i], drafts[i] = n.extra, n.draft
		}
		// Invariant 3: durable before sent.
		if err := w.j.DB.Write(ctx, func(tx *store.Tx) error { return tx.IntendExtras(w.run.ID, extras) }); err != nil {
			return err
		}
		got, failure := writer.Write(context.WithoutCancel(ctx), drafts, w.j.Files)
		if len(got) != len(send) {
			failure = errors.Join(failure, fmt.Errorf("the connector gave %d outcomes for %d notes", len(got), len(send)))
			for len(got) < len(send) {
				got = append(got, connector.Outcome{State: connector.Unknown})
			}
		}
		done, again, refused := []*note{}, []*note{}, map[int64]*problem.Problem{}
		for i, n := range send {
			switch got[i].State {
			case connector.Created, connector.Existed:
				n.extra.State, n.extra.ID, n.extra.Version = store.LedgerCreated, got[i].Key.ID, got[i].Version
				done = append(done, n)
			case connector.Refused:
				n.extra.State = store.LedgerRefused
				refused[n.plan.Seq] = problem.From(got[i].Err)
				done = append(done, n)
			case connector.Unsent:
				n.extra.State, n.known = store.LedgerRefused, false
				again = append(again, n)
			default:
				n.known = true
				again = append(again, n)
			}
		}
		if err := w.noted(ctx, o, done); err != nil {
			return err
		}
		if err := w.fail(ctx, o, refused, countFailed); err != nil {
			return err
		}
		if failure != nil && !load.Passes(failure) {
			return failure
		}
		if len(again) == 0 {
			return nil
		}
		if err := t.Wait(ctx, failure); err != nil {
			return err
		}
		list = again
	}
	return nil
}

// missing asks the target for notes that were written down before, after what may still
// travel had its time, and gives those that are surely not there (invariant 4).
func (w *worker) missing(ctx context.Context, o model.Object, list []*note) (send []*note, err error) {
	marks := []model.Mark{}
	for _, n := range list {
		if n.known && n.extra.State != store.LedgerRefused && n.extra.State != store.LedgerRolledBack {
			marks = append(marks, n.draft.Mark)
		}
	}
	if len(marks) == 0 {
		return list, nil
	}
	caps := w.j.Target.Kind.Caps
	travel := caps.Travel
	if travel == 0 {
		travel = 30 * time.Second
	}
	w.p.Waiting("an answer was lost; waiting to ask " + w.j.Target.Kind.Title + " which notes arrived")
	defer w.p.Waiting("")
	if err := load.Sleep(ctx, w.p, travel+caps.FindLag); err != nil {
		return nil, err
	}
	var found map[model.Mark]connector.Found
	err = w.patient(ctx, func() (err error) {
		found, err = w.j.Find(ctx, model.Message, marks)
		return err
	})
	if err != nil {
		return nil, err
	}
	done := []*note{}
	for _, n := range list {
		f, ok := found[n.draft.Mark]
		if !ok {
			send = append(send, n)
			continue
		}
		n.extra.State, n.extra.ID, n.extra.Version = store.LedgerExisted, f.Key.ID, f.Version
		done = append(done, n)
	}
	return send, w.noted(ctx, o, done)
}

// noted commits what became of notes, and what was decided by them.
func (w *worker) noted(ctx context.Context, o model.Object, done []*note) error {
	if len(done) == 0 {
		return nil
	}
	there := int64(0)
	err := w.j.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		for _, n := range done {
			if err := tx.SettleExtras([]store.Extra{n.extra}); err != nil {
				return err
			}
			if n.extra.State == store.LedgerRefused {
				continue
			}
			if _, err := w.conclude(tx, o, n.action, []store.DeltaItem{n.plan}); err != nil {
				return err
			}
			there++
		}
		return tx.CountRun(w.run.ID, o, countNoted, there)
	})
	w.p.Add(there, 0)
	return err
}
