package project

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// ShapeHash is the SHA-256 of a desk's shape, whatever the order of its objects, fields and
// options; help texts do not count.
func ShapeHash(s model.Schema) string {
	objects := slices.Clone(s.Objects)
	slices.SortFunc(objects, func(a, b model.ObjectSchema) int { return cmp.Compare(a.Object, b.Object) })
	for i := range objects {
		fields := slices.Clone(objects[i].Fields)
		slices.SortFunc(fields, func(a, b model.Field) int { return cmp.Compare(a.Name, b.Name) })
		for k := range fields {
			fields[k].Help = ""
			fields[k].Options = slices.Clone(fields[k].Options)
			slices.SortFunc(fields[k].Options, func(a, b model.Choice) int { return cmp.Compare(a.Value, b.Value) })
		}
		objects[i].Fields = fields
	}
	b, err := json.Marshal(objects)
	if err != nil { // a shape is plain data
		panic(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// FreezeTarget asks the target for its shape and freezes it: what is mapped and validated
// from now on is meant for just this configuration, and a run stops when it is another one.
func (p *Project) FreezeTarget(ctx context.Context, why string) (store.Frozen, error) {
	if strings.TrimSpace(why) == "" {
		return store.Frozen{}, problem.New("frozen.no_reason", "Please say why the target is frozen now.", "The report names the reason and who gave it.", "Type a reason, such as: the build was handed over.")
	}
	d, err := p.Desk(ctx, Target)
	if err != nil {
		return store.Frozen{}, err
	}
	account, err := p.Account(ctx, Target)
	if err != nil {
		return store.Frozen{}, err
	}
	body, err := json.Marshal(d.Schema)
	if err != nil {
		return store.Frozen{}, err
	}
	f := store.Frozen{By: p.Person(), Why: why, Account: account.Name, Hash: ShapeHash(d.Schema), Body: string(body)}
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		f, err = tx.Freeze(f)
		return err
	})
	return f, err
}

// FrozenTarget is the target's frozen configuration; ok is false when it was never frozen.
func (p *Project) FrozenTarget(ctx context.Context) (f store.Frozen, s model.Schema, ok bool, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Frozens()
		if err != nil || len(all) == 0 {
			return err
		}
		f, ok = all[0], true
		return json.Unmarshal([]byte(f.Body), &s)
	})
	return f, s, ok, err
}

// FrozenSchema is the shape that mappings are validated against: the frozen one, else the
// target's as it was last seen.
func (p *Project) FrozenSchema(ctx context.Context) (s model.Schema, frozen bool, err error) {
	_, s, frozen, err = p.FrozenTarget(ctx)
	if err != nil || frozen {
		return s, frozen, err
	}
	s, err = p.Schema(ctx, Target)
	return s, false, err
}

// TargetDrift compares the target as it is now with its frozen shape.
type TargetDrift struct {
	Frozen store.Frozen `json:"frozen"`
	// Hash of the shape as it is now.
	Hash string `json:"hash"`
	// Same: nothing changed at all.
	Same bool `json:"same"`
	// Breaks are changes that stop a run: what is gone, or stricter. Others only add.
	Breaks []string `json:"breaks"`
	Others []string `json:"others"`
}

// CompareTarget asks the target for its shape and says what changed since it was frozen.
func (p *Project) CompareTarget(ctx context.Context) (TargetDrift, error) {
	out := TargetDrift{Breaks: []string{}, Others: []string{}}
	f, was, ok, err := p.FrozenTarget(ctx)
	if err != nil {
		return out, err
	}
	if !ok {
		return out, problem.New("frozen.none", "The target was not frozen yet.", "There is nothing to compare it with.", "Freeze it once everything that is needed is there.")
	}
	d, err := p.Desk(ctx, Target)
	if err != nil {
		return out, err
	}
	out.Frozen, out.Hash = f, ShapeHash(d.Schema)
	out.Same = out.Hash == f.Hash
	out.Breaks = append(out.Breaks, load.Drift(was, d.Schema)...)
	out.Others = append(out.Others, additions(was, d.Schema)...)
	return out, nil
}

// additions lists what the newer shape has and the older had not, field by field.
func additions(was, now model.Schema) []string {
	out := []string{}
	for _, o := range now.Objects {
		old, ok := was.Object(o.Object)
		if !ok {
			out = append(out, o.Title+" are new")
			continue
		}
		for _, f := range o.Fields {
			g, ok := old.Field(f.Name)
			at := o.Title + ": the field " + f.Name
			switch {
			case !ok:
				out = append(out, at+" is new")
				continue
			case g.Required && !f.Required:
				out = append(out, at+" is not required any more")
			case g.ReadOnly && !f.ReadOnly:
				out = append(out, at+" can be written now")
			case g.MaxLength > 0 && (f.MaxLength == 0 || f.MaxLength > g.MaxLength):
				out = append(out, at+" takes longer texts now")
			case g.Title != f.Title:
				out = append(out, at+" is called “"+f.Title+"” now, not “"+g.Title+"”")
			}
			for _, c := range f.Options {
				if !slices.ContainsFunc(g.Options, func(x model.Choice) bool { return x.Value == c.Value }) {
					out = append(out, at+" has the new option “"+cmp.Or(c.Title, c.Value)+"”")
				}
			}
		}
	}
	return out
}

// asFrozen stops what would write a target that is not as it was frozen.
func (p *Project) asFrozen(ctx context.Context, j *load.Job) error {
	f, was, ok, err := p.FrozenTarget(ctx)
	if err != nil || !ok {
		return err
	}
	drift := load.Drift(was, j.Target.Schema)
	if len(drift) == 0 {
		return nil
	}
	return problem.New(load.CodeDrift, j.Target.Kind.Title+" is not as it was frozen on "+f.At+": "+strings.Join(drift[:min(len(drift), 5)], "; ")+".",
		"The mapping was made and tried for the frozen configuration.", "Undo the change there, or look at the mapping and freeze the target anew.")
}
