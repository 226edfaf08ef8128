package connector

import (
	"context"
	"io"

	"waybill/backend/model"
)

// Named reads a desk as a further source of a project: its objects carry the source's name
// ("contact@crm"), and so do the links between them. What the desk says stays byte for byte
// as it is. Closing it closes the desk. The abilities that a reading uses stay: Changer, Filer.
func Named(source string, c Connector) Connector {
	if source == "" {
		return c
	}
	n := named{c, source}
	changer, changes := c.(Changer)
	filer, files := c.(Filer)
	switch {
	case changes && files:
		return struct {
			named
			namedChanger
			namedFiler
		}{n, namedChanger{changer, n}, namedFiler{filer, n}}
	case changes:
		return struct {
			named
			namedChanger
		}{n, namedChanger{changer, n}}
	case files:
		return struct {
			named
			namedFiler
		}{n, namedFiler{filer, n}}
	}
	return n
}

type named struct {
	Connector
	source string
}

func (n named) Schema(ctx context.Context) (model.Schema, error) {
	s, err := n.Connector.Schema(ctx)
	return s.From(n.source), err
}

func (n named) Count(ctx context.Context, o model.Object) (int64, bool, error) {
	return n.Connector.Count(ctx, o.Kind())
}

func (n named) Pages(ctx context.Context, o model.Object, from Cursor, each func(Page) error) error {
	return n.Connector.Pages(ctx, o.Kind(), from, func(p Page) error { return each(n.page(p)) })
}

// page gives the records and their links the name of the source.
func (n named) page(p Page) Page {
	out := p
	out.Records = make([]model.Record, len(p.Records))
	for i, r := range p.Records {
		out.Records[i] = n.record(r, n.source)
	}
	return out
}

func (n named) record(r model.Record, source string) model.Record {
	r.Key.Object = r.Key.Object.From(source)
	links := make([]model.Link, len(r.Links))
	for i, l := range r.Links {
		links[i] = model.Link{Role: l.Role, To: make([]model.Ref, len(l.To))}
		for k, ref := range l.To {
			ref.Object = ref.Object.From(source)
			links[i].To[k] = ref
		}
	}
	if r.Links != nil {
		r.Links = links
	}
	return r
}

type namedChanger struct {
	changer Changer
	of      named
}

func (n namedChanger) Now(ctx context.Context, o model.Object) (Cursor, error) {
	return n.changer.Now(ctx, o.Kind())
}

func (n namedChanger) Changes(ctx context.Context, o model.Object, from Cursor, each func(Page) error) error {
	return n.changer.Changes(ctx, o.Kind(), from, func(p Page) error { return each(n.of.page(p)) })
}

type namedFiler struct {
	filer Filer
	of    named
}

func (n namedFiler) FileRef(r model.Record) (ref, name, contentType string) {
	return n.filer.FileRef(n.of.record(r, ""))
}

func (n namedFiler) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	return n.filer.Open(ctx, ref)
}
