package project

import (
	"context"
	"encoding/json"
	"strings"

	"waybill/backend/clean"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// PrefixNumbers puts a word before the numbers of the records of one source, so that they can
// be told from the same numbers of another; an empty prefix takes that back. It is a
// correction: the records stay as they are.
func (p *Project) PrefixNumbers(ctx context.Context, o model.Object, prefix, why string) (d store.Decision, err error) {
	if err := p.idle(ctx); err != nil {
		return d, err
	}
	src, err := p.plainSources(ctx)
	if err != nil {
		return d, err
	}
	field, err := p.numberOf(ctx, src, o)
	if err != nil {
		return d, err
	}
	before := int64(0)
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		_, before, err = prefixInForce(tx, o, field)
		return err
	})
	if err != nil {
		return d, err
	}
	if before != 0 {
		if err := p.Undo(ctx, before); err != nil {
			return d, err
		}
	}
	if prefix = strings.TrimSpace(prefix); prefix == "" {
		return d, nil
	}
	if strings.TrimSpace(why) == "" {
		why = "Another source has the same numbers; people look for theirs by them."
	}
	return clean.Make(ctx, p.db, src, clean.Spec{Object: o, Does: store.Correct, Field: field, How: clean.HowPrefix, Settings: map[string]string{"prefix": prefix}}, why, p.Person())
}

// KeepNumbers writes the numbers of the records of one source into a field of the target: a
// rule of the mapping that is worked on.
func (p *Project) KeepNumbers(ctx context.Context, o model.Object, target string) error {
	src, err := p.plainSources(ctx)
	if err != nil {
		return err
	}
	field, err := p.numberOf(ctx, src, o)
	if err != nil {
		return err
	}
	v, err := p.Working(ctx)
	if err != nil {
		return err
	}
	m, ok := v.Object(o)
	if !ok || m.Target == "" {
		return noObject(o)
	}
	dst, err := p.Schema(ctx, Target)
	if err != nil {
		return err
	}
	shape, _ := dst.Object(m.Target)
	f, ok := shape.Field(target)
	if !ok || f.ReadOnly || f.Type != model.Text && f.Type != model.LongText && f.Type != model.Tags {
		return problem.New("numbers.field", "The target has no text field of this name that can be written.", "An old number is a word: CRM-17.", "Choose another field, or add one in the target and connect it again.").At(problem.Place{Object: string(m.Target), Field: target})
	}
	return p.SetField(ctx, o, mapping.FieldMap{
		Target: target, Rule: mapping.Copy, Sources: []string{field}, IfEmpty: model.OtherwiseLeave, IfUnknown: model.OtherwiseHold,
		State: mapping.Reviewed, Reason: "The old number, because two sources have the same ones.",
	})
}

func (p *Project) numberOf(ctx context.Context, src model.Schema, o model.Object) (field string, err error) {
	shape, ok := src.Object(o)
	if !ok {
		return "", problem.New("clean.object", "The source has no such records.", "", "Choose one of the list.").At(problem.Place{Object: string(o)})
	}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		field, err = numberField(tx, shape)
		return err
	})
	if err == nil && field == "" {
		err = noNumber(o)
	}
	return field, err
}

// prefixInForce finds what is put before the numbers of an object, and by which decision.
func prefixInForce(tx *store.Tx, o model.Object, field string) (prefix string, decision int64, err error) {
	all, err := tx.Corrections()
	if err != nil {
		return "", 0, err
	}
	for _, d := range all {
		s, err := clean.SpecOf(d)
		if err != nil {
			return "", 0, err
		}
		if s.Object == o && s.Field == field && s.How == clean.HowPrefix {
			prefix, decision = s.Settings["prefix"], d.ID
		}
	}
	return prefix, decision, nil
}

// workingMapping is the mapping that is worked on, or the newest accepted one; an empty one
// where there is none yet: nothing is suggested for this.
func (p *Project) workingMapping(ctx context.Context) (v mapping.Version, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		ok, err := tx.Setting(working, &v)
		if err != nil || ok {
			return err
		}
		m, err := tx.Mapping(0)
		if problem.Is(err, "mapping.none") {
			return nil
		}
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(m.Body), &v)
	})
	return v, err
}
