package project

import (
	"context"
	"encoding/csv"
	"net/mail"
	"os"
	"path/filepath"
	"strings"

	"waybill/backend/connector/files"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// placeholderID is the number of the placeholder customer in the stage.
const placeholderID = "placeholder"

const placeholderFile = "placeholder-customer.csv"

// AddPlaceholder adds one customer to the source, for tickets that name nobody: a
// desk wants a customer for each. It is a record like any other, accounted for in
// the manifest, from a small file in the project's own folder.
func (p *Project) AddPlaceholder(ctx context.Context, name, email string) error {
	name, email = strings.TrimSpace(name), strings.TrimSpace(email)
	if a, err := mail.ParseAddress(email); name == "" || err != nil || a.Address != email {
		return problem.New("placeholder.incomplete", "A placeholder customer needs a name and an e-mail address.", "The target refuses a customer without them.", "Type both, such as Unknown customer and unknown@your-company.example.").At(problem.Place{Field: "email", Value: email})
	}
	tables, err := p.Tables(ctx)
	if err != nil {
		return err
	}
	if len(tables) == 0 {
		return problem.New("placeholder.no_source", "The source is not chosen yet.", "A placeholder only helps where tickets name nobody.", "Choose the export files first.")
	}
	dir := p.folder("placeholders")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return notWritable(err, dir)
	}
	path := filepath.Join(dir, placeholderFile)
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.WriteAll([][]string{{"id", "name", "email"}, {placeholderID, name, email}}); err != nil {
		return err
	}
	if err := writeWhole(path, []byte(b.String())); err != nil {
		return notWritable(err, dir)
	}
	fresh, err := files.Inspect(ctx, []string{path}, func(string, int64, int64) {})
	if err != nil {
		return err
	}
	for i := range fresh {
		fresh[i].Outputs = []files.Output{{Object: model.Contact, Key: []string{"id"}, Repeats: "count", Columns: []string{}, Links: []files.LinkSpec{}, Why: "The customer for whatever names nobody."}}
	}
	kept := tables[:0]
	for _, t := range tables {
		if t.File != path {
			kept = append(kept, t)
		}
	}
	return p.SetTables(ctx, append(kept, fresh...))
}

// HasPlaceholder says whether the source has a placeholder customer.
func (p *Project) HasPlaceholder(ctx context.Context) (bool, error) {
	tables, err := p.Tables(ctx)
	for _, t := range tables {
		if filepath.Base(t.File) == placeholderFile {
			return true, err
		}
	}
	return false, err
}

// usePlaceholder proposes the placeholder customer wherever a required customer has
// no source, or may be empty or unknown.
func usePlaceholder(v *mapping.Version, dst model.Schema) {
	for i := range v.Objects {
		shape, _ := dst.Object(v.Objects[i].Target)
		for k := range v.Objects[i].Fields {
			f := &v.Objects[i].Fields[k]
			t, ok := shape.Field(f.Target)
			if !ok || t.Type != model.LinkType || !t.Required || len(t.To) == 0 || t.To[0] != model.Contact && !contains(t.To, model.Contact) {
				continue
			}
			if f.State == mapping.Open || f.Rule == "" || f.Rule == mapping.LeaveOut {
				f.Rule, f.Fixed, f.State, f.Confidence = mapping.Fixed, placeholderID, mapping.Proposed, 80
				f.Reason = "The source names nobody here, so the placeholder customer stands in."
				continue
			}
			f.IfEmpty, f.EmptyValue, f.IfUnknown, f.UnknownValue = model.OtherwiseUse, placeholderID, model.OtherwiseUse, placeholderID
		}
	}
}
