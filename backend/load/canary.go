package load

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Canary is the first record of one object of a run: as it was meant, and as the target
// gave it back. Nothing else is sent before a person has seen it.
type Canary struct {
	Object model.Object `json:"object"`
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	Target string       `json:"target_id"`
	// OK: it came back as it was meant.
	OK     bool          `json:"ok"`
	Fields []CanaryField `json:"fields"`
	Error  string        `json:"error,omitempty"`
	Silent CanarySilence `json:"silent"`
	At     string        `json:"at"`
	Links  []CanaryField `json:"links"`
	Seq    int64         `json:"-"`
	draft  model.Draft   `json:"-"`
	// before: it was there already, and was only looked up.
	before bool `json:"-"`
}

// CanaryField is one value of a canary.
type CanaryField struct {
	Field string `json:"field"`
	Meant string `json:"meant"`
	Found string `json:"found"`
	Same  bool   `json:"same"`
}

// CanarySilence says whether writing it reached anybody.
type CanarySilence struct {
	// Known: the desk says how many messages it sent to customers. Sent since the run began.
	Known bool  `json:"known"`
	Sent  int64 `json:"sent"`
}

// canaryKey names what a canary proves: one object under one mapping in one shape of the target.
func (r *runner) canaryKey(o Object) (string, error) {
	shape, _ := r.j.Target.Schema.Object(o.Target)
	b, err := json.Marshal([]any{r.j.Target.Kind.Name, r.j.Target.Account, r.j.Program.Print(o.Object), shape})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return string(o.Object) + "/" + hex.EncodeToString(sum[:8]), nil
}

const canarySetting = "canaries"

// canary sends one record of each object first, reads it back and lets a person look.
func (r *runner) canary(ctx context.Context) error {
	need, keys, err := r.unproven(ctx)
	if err != nil || len(need) == 0 {
		return err
	}
	reader, ok := r.j.Target.Conn.(connector.Reader)
	if !ok {
		return nil // it cannot be shown; the check reads everything back later
	}
	have, err := r.canariesSoFar(ctx)
	if err != nil {
		return err
	}
	if len(have) == 0 {
		before, known, err := r.fired(ctx)
		if err != nil {
			return err
		}
		if have, err = r.sendCanaries(ctx, need); err != nil {
			return err
		}
		for i := range have {
			if err := r.readCanary(ctx, reader, &have[i]); err != nil {
				return err
			}
		}
		after, _, err := r.fired(ctx)
		if err != nil {
			return err
		}
		for i := range have {
			have[i].Silent = CanarySilence{Known: known, Sent: after - before}
		}
		if err := r.keepCanaries(ctx, have); err != nil {
			return err
		}
	}
	good := true
	for _, c := range have {
		good = good && c.OK && c.Silent.Sent == 0
	}
	if !r.order.Yes {
		return errLook
	}
	if !good && r.order.Resume == 0 {
		// Agreeing beforehand is agreeing to what was meant, not to whatever came back.
		return errLook
	}
	if r.order.Resume != 0 && !good {
		if err := r.j.DB.Write(ctx, func(tx *store.Tx) error {
			return tx.Audit(r.j.By, "canary.accepted_as_it_is", map[string]any{"run": r.run.ID})
		}); err != nil {
			return err
		}
	}
	return r.j.DB.Write(ctx, func(tx *store.Tx) error {
		proven := map[string]string{}
		if _, err := tx.Setting(canarySetting, &proven); err != nil {
			return err
		}
		for _, k := range keys {
			proven[k] = fmt.Sprintf("%s, run %d, %s", model.Stamp(time.Now()), r.run.ID, r.j.By.Name)
		}
		if err := tx.Set(canarySetting, proven); err != nil {
			return err
		}
		return tx.Audit(r.j.By, "canary.confirmed", map[string]any{"run": r.run.ID, "records": len(have)})
	})
}

// unproven lists the objects of the plan whose first record nobody has confirmed yet. A
// retry of what was held sends no canary: all of it is looked at already.
func (r *runner) unproven(ctx context.Context) (need []Object, keys []string, err error) {
	if r.run.Kind == RunRetry {
		return nil, nil, nil
	}
	proven := map[string]string{}
	err = r.j.DB.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Setting(canarySetting, &proven)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	for _, o := range r.sum.Objects {
		if o.Create == 0 {
			continue
		}
		k, err := r.canaryKey(o)
		if err != nil {
			return nil, nil, err
		}
		if proven[k] == "" {
			need, keys = append(need, o), append(keys, k)
		}
	}
	return need, keys, nil
}

func (r *runner) fired(ctx context.Context) (int64, bool, error) {
	f, ok := r.j.Target.Conn.(connector.Firer)
	if !ok {
		return 0, false, nil
	}
	var n int64
	known := false
	err := r.j.patiently(ctx, r.p, func() (err error) {
		n, known, err = f.Fired(ctx)
		return err
	})
	return n, known, err
}

func (r *runner) canariesSoFar(ctx context.Context) (out []Canary, err error) {
	err = r.j.DB.Read(ctx, func(tx *store.Tx) error {
		out, err = Canaries(tx, r.run.ID)
		return err
	})
	return out, err
}

// Canaries of a run, in the order in which they were sent.
func Canaries(tx *store.Tx, run int64) ([]Canary, error) {
	all, err := tx.Canaries(run)
	if err != nil {
		return nil, err
	}
	out := make([]Canary, len(all))
	for i, c := range all {
		if err := json.Unmarshal([]byte(c.Body), &out[i]); err != nil {
			return nil, err
		}
		out[i].Seq = c.Seq
	}
	return out, nil
}

func (r *runner) keepCanaries(ctx context.Context, list []Canary) error {
	return r.j.DB.Write(ctx, func(tx *store.Tx) error {
		for i, c := range list {
			b, err := json.Marshal(c)
			if err != nil {
				return err
			}
			if err := tx.PutCanary(r.run.ID, store.Canary{N: i + 1, Seq: c.Seq, Body: string(b)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// choose finds the canaries: of each object one planned record, with what it needs. It
// begins with what hangs deepest, so that the records belong together: a file, its
// message, its ticket, its customer.
//
// tried says behind which record to look: the ones before were refused.
func (r *runner) choose(ctx context.Context, need []Object, tried map[model.Object]int64) (map[model.Object][]int64, error) {
	chosen := map[model.Object][]int64{}
	err := r.j.DB.Read(ctx, func(tx *store.Tx) error {
		for _, o := range slices.Backward(need) {
			if len(chosen[o.Object]) > 0 {
				continue
			}
			items, err := tx.PlanItems(r.plan.ID, o.Object, store.ActCreate, tried[o.Object], 1)
			if err != nil {
				return err
			}
			for _, it := range items {
				tried[o.Object] = it.Seq
				if err := r.withNeeds(tx, o.Object, it.Seq, chosen); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return chosen, err
}

// withNeeds adds a record and, first, what its links lead to and the plan creates too.
func (r *runner) withNeeds(tx *store.Tx, o model.Object, seq int64, chosen map[model.Object][]int64) error {
	type item struct {
		o   model.Object
		seq int64
	}
	for queue := []item{{o, seq}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if slices.Contains(chosen[at.o], at.seq) {
			continue
		}
		chosen[at.o] = append(chosen[at.o], at.seq)
		rows, err := tx.RowsAt(at.o, []store.PlanItem{{Seq: at.seq}})
		if err != nil || len(rows) == 0 {
			return err
		}
		d, _, err := r.j.Draft(tx, rows[0])
		if err != nil {
			return err
		}
		spots, err := tx.Resolve(refsOf([]model.Draft{d}), r.plan.ID)
		if err != nil {
			return err
		}
		for _, l := range d.Links {
			x, why := settleLink(l, spots, func(s store.Spot) reach {
				if s.TargetID != "" || s.Action == store.ActCreate {
					return there
				}
				return nowhere
			}, Instead(l))
			if why == nil && x.reach == there && x.at.TargetID == "" && x.at.Fate == model.Pending {
				queue = append(queue, item{x.at.Object, x.at.Seq})
			}
		}
	}
	return nil
}

// canaryTries is how many records of an object are tried until the target takes one: a
// single bad record must not look like a desk that refuses everything (invariant 7).
const canaryTries = 10

// sendCanaries creates the chosen records one by one, in the order of the plan.
func (r *runner) sendCanaries(ctx context.Context, need []Object) ([]Canary, error) {
	r.trial = true
	defer func() { r.trial = false }()
	found := map[model.Object]Canary{}
	tried := map[model.Object]int64{}
	t := NewTrouble(r.j, r.p)
	for range canaryTries {
		missing := []Object{}
		for _, o := range need {
			if c, ok := found[o.Object]; !ok || c.Target == "" {
				missing = append(missing, o)
			}
		}
		chosen, err := r.choose(ctx, missing, tried)
		if err != nil {
			return nil, err
		}
		if len(chosen) == 0 {
			break
		}
		for _, o := range r.sum.Objects {
			r.p.Enter(string(o.Object))
			seqs := chosen[o.Object]
			slices.Sort(seqs)
			for _, seq := range seqs {
				c, err := r.sendCanary(ctx, o, seq, t)
				if err != nil {
					return nil, err
				}
				if c != nil && (found[o.Object].Target == "") {
					found[o.Object] = *c
				}
			}
		}
	}
	if r.halves.Load() { // they are about to be compared
		if err := r.setLinks(ctx); err != nil {
			return nil, err
		}
	}
	out := []Canary{}
	for _, o := range r.sum.Objects {
		if c, ok := found[o.Object]; ok {
			out = append(out, c)
		}
	}
	return out, nil
}

func (r *runner) sendCanary(ctx context.Context, o Object, seq int64, t *Trouble) (*Canary, error) {
	var list []parcel
	var refused []store.Settlement
	c := Canary{Object: o.Object, Seq: seq, At: model.Stamp(time.Now()), Fields: []CanaryField{}, Links: []CanaryField{}}
	err := r.j.DB.Read(ctx, func(tx *store.Tx) error {
		row, err := tx.RecordAt(seq)
		if err != nil {
			return err
		}
		c.ID, c.Name = row.Record.Key.ID, row.Name
		rows, err := tx.PlannedRows(r.plan.ID, o.Object, seq-1, 1)
		if err != nil || len(rows) == 0 || rows[0].Seq != seq {
			return err
		}
		list, refused, _, err = r.parcels(tx, o, rows)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(refused) > 0 {
		c.Error = refused[0].Problems[0].What
		return &c, r.scribe.write(func(tx *store.Tx) error { return tx.Settle(r.run.ID, o.Object, refused) })
	}
	if len(list) == 0 {
		return r.wentAlong(ctx, c)
	}
	c.draft = r.j.kept(list[0].draft)
	last, err := r.deliver(ctx, o, list, t, nil)
	if err == nil {
		err = last.wait()
	}
	if err != nil {
		return nil, err
	}
	err = r.j.DB.Read(ctx, func(tx *store.Tx) error {
		line, _, err := tx.LedgerOf(seq)
		if err != nil {
			return err
		}
		c.Target = line.ID
		if line.ID == "" {
			why, err := tx.WhyHeld(seq)
			if err != nil {
				return err
			}
			c.Error = "The target refused it."
			if len(why) > 0 {
				c.Error = why[0].Problem.What
			}
		}
		return nil
	})
	return &c, err
}

// wentAlong is the canary of a record that this run sent already, inside another one's
// request; nil when it did not arrive.
func (r *runner) wentAlong(ctx context.Context, c Canary) (*Canary, error) {
	arrived := false
	err := r.j.DB.Read(ctx, func(tx *store.Tx) error {
		line, ok, err := tx.LedgerOf(c.Seq)
		arrived = ok && line.Run == r.run.ID && (line.State == store.LedgerCreated || line.State == store.LedgerExisted)
		if c.Target = line.ID; err != nil || !arrived {
			return err
		}
		drafts, _, _, err := r.j.Expected(tx, c.Object, []store.LedgerLine{line})
		if err != nil {
			return err
		}
		c.draft = drafts[0]
		later, err := tx.LaterOf(c.Seq) // what is set in the second pass is not there yet
		c.draft.Links = slices.DeleteFunc(c.draft.Links, func(l model.DraftLink) bool { return slices.Contains(later, l.Field) })
		for _, note := range later {
			if f, ok := textNamed(note); ok {
				delete(c.draft.Fields, f)
			}
		}
		return err
	})
	if err != nil || !arrived {
		return nil, err
	}
	return &c, nil
}

// insideOwner says whether a canary that cannot be read by itself, such as a file, is in what
// it belongs to.
func (r *runner) insideOwner(ctx context.Context, c *Canary) (there bool, err error) {
	finder, ok := r.j.Target.Conn.(connector.PartFinder)
	w, part := r.j.Target.Kind.Caps.Whole(c.draft.Object)
	if !ok || !part {
		return false, nil
	}
	for _, l := range c.draft.Links {
		if l.Target.Object != w.Owner || l.Target.ID == "" {
			continue
		}
		err = r.j.patiently(ctx, r.p, func() error {
			found, err := finder.FindParts(ctx, l.Target, []model.Draft{c.draft})
			_, there = found[c.draft.Mark]
			return err
		})
		return there, err
	}
	return false, nil
}

// readCanary asks the target for a canary and compares.
func (r *runner) readCanary(ctx context.Context, reader connector.Reader, c *Canary) error {
	if c.Target == "" {
		return nil
	}
	var target model.Object
	err := r.j.DB.Read(ctx, func(tx *store.Tx) error {
		line, _, err := tx.LedgerOf(c.Seq)
		c.before = line.Before
		target = line.Target
		return err
	})
	if err != nil {
		return err
	}
	shape, _ := r.j.Target.Schema.Object(target)
	var got map[string]model.Record
	err = r.j.patiently(ctx, r.p, func() (err error) {
		got, err = reader.Read(ctx, target, []string{c.Target})
		return err
	})
	if err != nil {
		return err
	}
	rec, ok := got[c.Target]
	if !ok {
		if there, err := r.insideOwner(ctx, c); there || err != nil {
			c.OK = there
			return err
		}
		c.Error = "It was created, but the target does not give it back."
		return nil
	}
	values, err := model.Values(rec.Raw)
	if err != nil {
		return problem.From(err)
	}
	c.OK = true
	if c.before {
		return nil // it stays as the target has it
	}
	for _, f := range shape.Fields {
		want, ok := c.draft.Fields[f.Name]
		if !ok || f.ReadOnly || f.Type == model.FileType || f.Type == model.LinkType {
			continue
		}
		x := CanaryField{Field: f.Name, Meant: Show(want), Found: Show(values[f.Name]), Same: Same(f, want, values[f.Name])}
		c.OK = c.OK && x.Same
		c.Fields = append(c.Fields, x)
	}
	for _, l := range c.draft.Links {
		x := CanaryField{Field: l.Field, Meant: l.Target.ID, Found: linkOf(rec, values, l.Field)}
		x.Same = x.Meant == x.Found
		c.OK = c.OK && x.Same
		c.Links = append(c.Links, x)
	}
	return nil
}
