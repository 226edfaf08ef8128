package project

import (
	"context"

	"waybill/backend/find"
	"waybill/backend/model"
)

// wordsFolder holds the index of words: a cache, of which no backup is made.
const wordsFolder = "search"

// Words looks for words in everything that was read.
func (p *Project) Words() *find.Finder { return p.words }

// owners gives, by object, the links by which its records belong to others: messages to
// their ticket.
func (p *Project) owners(ctx context.Context) (map[model.Object][]string, error) {
	schema, err := p.Schema(ctx, Source)
	if err != nil {
		return nil, err
	}
	out := map[model.Object][]string{}
	for _, o := range schema.Objects {
		for _, f := range o.Fields {
			if f.Type == model.LinkType && f.Parent {
				out[o.Object] = append(out[o.Object], f.Name)
			}
		}
	}
	return out, nil
}
