package project

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"waybill/assets"
	"waybill/backend/clean"
	"waybill/backend/connector/files"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// SampleName is what the sample project is called.
const SampleName = "Kestrelmoor Outdoor"

// CreateSample makes the sample project: the made-up company's export lies in its
// folder and is chosen as the source, as a person would have confirmed it.
func CreateSample(ctx context.Context, dir string, env Env) (p *Project, err error) {
	p, err = Create(ctx, dir, Info{Name: SampleName, Company: SampleName, Sample: true}, env)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
			p = nil
		}
	}()
	export := filepath.Join(p.Dir, "sample")
	if err = os.CopyFS(export, assets.Sample()); err != nil && !errors.Is(err, fs.ErrExist) {
		return p, notWritable(err, export)
	}
	tables, err := files.Inspect(ctx, []string{export}, func(string, int64, int64) {})
	if err != nil {
		return p, err
	}
	if tables, err = files.Propose(ctx, tables); err != nil {
		return p, err
	}
	return p, p.SetTables(ctx, tables)
}

// DecideSample decides as the sample's lead does: everything that is proposed, except
// archiving by age.
func (p *Project) DecideSample(ctx context.Context) error {
	rules, err := p.Rules(ctx)
	if err != nil {
		return err
	}
	for _, r := range rules {
		if r.Applied != 0 || r.Does == "archive" {
			continue
		}
		if _, err := p.Decide(ctx, r.ID, nil, ""); err != nil && !problem.Is(err, "clean.none") {
			return err
		}
	}
	return nil
}

// walkIn is the sample's customer for whatever nobody owns.
const walkIn = "000001"

// MapSample settles what the suggestion leaves open, as the sample's lead does, and
// accepts the mapping.
func (p *Project) MapSample(ctx context.Context) error {
	v, err := p.Suggest(ctx)
	if err != nil {
		return err
	}
	settled := map[string]string{"archived": "closed", "spam": "closed", "lead": "admin"}
	for i := range v.Objects {
		for k := range v.Objects[i].Fields {
			f := &v.Objects[i].Fields[k]
			switch {
			case f.Target == "requester" || f.Target == "author":
				f.IfEmpty, f.EmptyValue, f.IfUnknown, f.UnknownValue = model.OtherwiseUse, walkIn, model.OtherwiseUse, walkIn
			case f.Target == "email" && v.Objects[i].Source == model.Contact:
				f.IfUnknown = model.OtherwiseLeave // "osterlund at example.com" is nobody's address
			case f.Target == "subject":
				f.IfEmpty, f.EmptyValue = model.OtherwiseUse, "(no subject)"
			}
			for n := range f.Values {
				x := &f.Values[n]
				if to, ok := settled[strings.ToLower(strings.TrimSpace(x.From))]; ok && !x.Decided {
					x.To, x.Decided, f.State = to, true, mapping.Reviewed
				}
			}
		}
	}
	_, err = p.Accept(ctx, v, "First mapping, looked through field by field.")
	return err
}

// SettleSample decides about what the run held back, as the sample's lead does.
func (p *Project) SettleSample(ctx context.Context) error {
	var groups []store.HeldGroup
	err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
		groups, err = tx.HeldGroups()
		return err
	})
	if err != nil {
		return err
	}
	for _, g := range groups {
		if g.Code != "transform.too_long" {
			continue
		}
		if _, err := p.Decide(ctx, clean.HeldRule(g.Object, g.Code, g.Field), nil, "A log of 200,000 characters; it stays in the export that we keep."); err != nil {
			return err
		}
	}
	return nil
}

// PracticeMails asks the project's own practice desk how many messages it would have
// sent to customers.
func (p *Project) PracticeMails(_ context.Context) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server == nil {
		return 0, problem.New("practice.none", "The practice desk is not running.", "", "Connect it first.")
	}
	return p.server.Desk.Stats().MessagesSent, nil
}
