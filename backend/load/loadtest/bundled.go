package loadtest

import (
	"context"
	"slices"
	"sync/atomic"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Bundle says how a desk takes records together, as real ones do.
type Bundle struct {
	// All messages of a ticket go with it; else the first one does.
	All bool
	// Unmarked: messages and files carry no mark.
	Unmarked bool
	// Tied: messages and files cannot be deleted by themselves.
	Tied bool
}

// able is all that the practice desk's connector can do.
type able interface {
	connector.Connector
	connector.Filer
	connector.Changer
	connector.Writer
	connector.Finder
	connector.Deleter
	connector.Shaper
	connector.Marker
	connector.Updater
	connector.Reader
	connector.Firer
}

// BundledDesk is the practice desk as if it took files inside messages, and messages inside
// tickets. A request of it is several of the practice desk, so it can be torn: what did not
// go along is taken by itself then, and counted in Lone.
type BundledDesk struct {
	able
	how Bundle
	// Lone counts messages and files that came by themselves.
	Lone atomic.Int64
}

// Bundled makes a desk of the practice desk that takes records together. With how.Tied the
// practice desk must be one that deletes what is inside too (practice.Options.Cascade).
func Bundled(c connector.Connector, kind connector.Kind, how Bundle) (*BundledDesk, connector.Kind) {
	kind.Caps.Wholes = []connector.Whole{
		{Owner: model.Ticket, Part: model.Message, First: !how.All},
		{Owner: model.Message, Part: model.Attachment},
	}
	if how.Unmarked {
		kind.Caps.Unmarked = []model.Object{model.Message, model.Attachment}
	}
	if how.Tied {
		kind.Caps.NotDeleted = []model.Object{model.Message, model.Attachment}
	}
	return &BundledDesk{able: c.(able), how: how}, kind
}

func inside(o model.Object) bool { return o == model.Message || o == model.Attachment }

// Write creates each record and then what goes along, one after another.
func (b *BundledDesk) Write(ctx context.Context, drafts []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(drafts))
	for i, d := range drafts {
		out[i] = connector.Outcome{Mark: d.Mark, State: connector.Unsent}
	}
	for i, d := range drafts {
		if inside(d.Object) {
			b.Lone.Add(1)
		}
		var err error
		if out[i], err = b.one(ctx, d, files); err != nil || out[i].State == connector.Unknown || out[i].State == connector.Unsent {
			return out, err
		}
	}
	return out, nil
}

func (b *BundledDesk) one(ctx context.Context, d model.Draft, files connector.Files) (connector.Outcome, error) {
	parts := d.Parts
	d.Parts = nil
	list, err := b.able.Write(ctx, []model.Draft{d}, files)
	out := list[0]
	if out.State != connector.Created && out.State != connector.Existed {
		return out, err
	}
	out.Parts = make([]connector.Outcome, len(parts))
	for i, p := range parts {
		out.Parts[i] = connector.Outcome{Mark: p.Mark, State: connector.Unsent}
	}
	schema, serr := b.Schema(ctx)
	if serr != nil {
		return out, serr
	}
	for i, p := range parts {
		shape, _ := schema.Object(p.Object)
		p.Links = slices.Clone(p.Links)
		linked := false
		for k, l := range p.Links {
			if f, _ := shape.Field(l.Field); f.Parent && l.Target.ID == "" {
				p.Links[k].Target, linked = out.Key, true
			}
		}
		for _, f := range shape.Fields {
			if f.Parent && !linked && slices.Contains(f.To, out.Key.Object) { // a file that holds a long text names nobody
				p.Links = append(p.Links, model.DraftLink{Field: f.Name, Target: out.Key})
			}
		}
		if out.Parts[i], err = b.one(ctx, p, files); err != nil || out.Parts[i].State == connector.Unknown || out.Parts[i].State == connector.Unsent {
			return out, err
		}
	}
	return out, nil
}

// MarkOf hides the marks of what carries none.
func (b *BundledDesk) MarkOf(r model.Record) model.Mark {
	if b.how.Unmarked && inside(r.Key.Object) {
		return ""
	}
	return b.able.MarkOf(r)
}

// Find must not be asked for what carries no mark.
func (b *BundledDesk) Find(ctx context.Context, o model.Object, marks []model.Mark) (map[model.Mark]connector.Found, error) {
	if b.how.Unmarked && inside(o) {
		return nil, problem.New("test.unmarked", "These records carry no mark.", "They are found through what they belong to.", "Ask for the parts of their owner.")
	}
	return b.able.Find(ctx, o, marks)
}

// FindParts finds parts of a record that is there.
func (b *BundledDesk) FindParts(ctx context.Context, owner model.Key, parts []model.Draft) (map[model.Mark]connector.Found, error) {
	there, err := b.Read(ctx, owner.Object, []string{owner.ID})
	if err != nil {
		return nil, err
	}
	if len(there) == 0 {
		return map[model.Mark]connector.Found{}, nil
	}
	marks := make([]model.Mark, len(parts))
	for i, p := range parts {
		marks[i] = p.Mark
	}
	return b.able.Find(ctx, parts[0].Object, marks)
}

// Delete takes what is inside along, and nothing by itself that is tied.
func (b *BundledDesk) Delete(ctx context.Context, what []connector.Doomed) ([]connector.Outcome, error) {
	if !b.how.Tied {
		return b.able.Delete(ctx, what)
	}
	out := make([]connector.Outcome, len(what))
	for i, d := range what {
		if inside(d.Key.Object) {
			out[i] = connector.Outcome{Key: d.Key, State: connector.Refused, Err: problem.New("test.tied", "It cannot be deleted by itself.", "It goes with what it belongs to.", "Delete its owner.")}
			continue
		}
		list, err := b.able.Delete(ctx, []connector.Doomed{d})
		if len(list) == 1 {
			out[i] = list[0]
		}
		if err != nil {
			return out[:i+1], err
		}
	}
	return out, nil
}
