package project

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/extract"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// MainSource is what the source is called that every project has.
const MainSource = "main"

// sourcesSetting lists the names of the further sources, in the order in which they came.
const sourcesSetting = "sources"

// SideOf is the side of a source by its name; "main" and an empty name are the source that
// every project has.
func SideOf(source string) string {
	if source == "" || source == MainSource {
		return Source
	}
	return Source + "@" + source
}

// IsSource says whether a side is one that is read.
func IsSource(side string) bool { return side == Source || strings.HasPrefix(side, Source+"@") }

// sourceOf is the name of the further source of a side; empty for all others.
func sourceOf(side string) string {
	name, _ := strings.CutPrefix(side, Source+"@")
	if name == side {
		return ""
	}
	return name
}

// SourceKey makes the name of a further source out of what a person calls it: "Old desk"
// is old-desk.
func SourceKey(name string) (string, error) {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	key := strings.Trim(b.String(), "-")
	if key == "" || len(key) > 24 || key == MainSource {
		return "", problem.New("source.name", "A further source needs a name of its own.", "Its records are called by it: “Customers (crm)”. It is of letters and digits, 24 at most, and “main” is taken.", "Write a short one, such as crm or old desk.").At(problem.Place{Field: "name", Value: name})
	}
	return key, nil
}

// SourceView is a source as people see it.
type SourceView struct {
	// Name is what the terminal calls it, Title what people do.
	Name  string `json:"name"`
	Title string `json:"title"`
	Kind  string `json:"kind"`
	Desk  string `json:"desk"`
	// Account as it was last seen; empty for files.
	Account string `json:"account"`
	// Read: it was read to its end as it is chosen now.
	Read    bool           `json:"read"`
	Objects []SourceObject `json:"objects"`
	Records int64          `json:"records"`
}

// SourceObject is the account of an object of one source.
type SourceObject struct {
	Object model.Object `json:"object"`
	Count  int64        `json:"count"`
}

// furtherSources lists the names of the further sources.
func furtherSources(tx *store.Tx) (names []string, err error) {
	_, err = tx.Setting(sourcesSetting, &names)
	return names, err
}

// sides are those of all sources, the main one first.
func (p *Project) sides(ctx context.Context) (out []string, err error) {
	out = []string{Source}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		names, err := furtherSources(tx)
		for _, n := range names {
			out = append(out, SideOf(n))
		}
		return err
	})
	return out, err
}

// register keeps that there is a further source, when its side is connected the first time.
func register(tx *store.Tx, side string) error {
	name := sourceOf(side)
	if name == "" {
		return nil
	}
	names, err := furtherSources(tx)
	if err != nil || slices.Contains(names, name) {
		return err
	}
	return tx.Set(sourcesSetting, append(names, name))
}

// Sources lists the sources with what was read of each; one that was not chosen yet is not
// among them.
func (p *Project) Sources(ctx context.Context) ([]SourceView, error) {
	out := []SourceView{}
	sides, err := p.sides(ctx)
	if err != nil {
		return out, err
	}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Manifest()
		if err != nil {
			return err
		}
		for _, side := range sides {
			var c Connection
			ok, err := tx.Setting(side, &c)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			v := SourceView{Name: sourceOf(side), Kind: c.Kind, Desk: p.sideTitle(tx, side), Objects: []SourceObject{}}
			v.Title = model.SourceTitle(v.Name)
			for _, m := range all {
				if m.Object.Source() == v.Name && m.Source > 0 {
					v.Objects = append(v.Objects, SourceObject{m.Object, m.Source})
					v.Records += m.Source
				}
			}
			if v.Name == "" {
				v.Name, v.Title = MainSource, "Main source"
			}
			var a connector.Account
			if _, err := tx.Setting(side+"_account", &a); err != nil {
				return err
			}
			v.Account = a.Name
			if v.Read, err = sideRead(tx, side); err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// sidePrint covers how a side is read: the desk, and what was said about its tables.
func sidePrint(tx *store.Tx, side string) (string, error) {
	var c Connection
	if _, err := tx.Setting(side, &c); err != nil {
		return "", err
	}
	b, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// sideRead says whether the last complete reading of a side was done as it is chosen now.
func sideRead(tx *store.Tx, side string) (bool, error) {
	now, err := sidePrint(tx, side)
	if err != nil {
		return false, err
	}
	then := ""
	ok, err := tx.Setting(side+"_read", &then)
	return ok && then == now, err
}

// ReadAsChosen says whether the last complete readings were done with the sources as they
// are chosen now; a table that was corrected since, and a source that came, must be read.
func ReadAsChosen(tx *store.Tx) (bool, error) {
	names, err := furtherSources(tx)
	if err != nil {
		return false, err
	}
	for _, n := range append([]string{MainSource}, names...) {
		if ok, err := sideRead(tx, SideOf(n)); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// Extract reads the sources into the stage, or goes on where it stopped, and measures what
// came. Objects restrict it to some: "contact@crm" is of the source crm.
func (p *Project) Extract(ctx context.Context, objects []model.Object, pr *job.Progress) ([]extract.Result, error) {
	sides, err := p.sides(ctx)
	if err != nil {
		return nil, err
	}
	return p.extract(ctx, sides, objects, pr)
}

// ExtractFrom reads one source only.
func (p *Project) ExtractFrom(ctx context.Context, source string, objects []model.Object, pr *job.Progress) ([]extract.Result, error) {
	side, err := p.knownSource(ctx, source)
	if err != nil {
		return nil, err
	}
	return p.extract(ctx, []string{side}, objects, pr)
}

// knownSource finds the side of a source by its name.
func (p *Project) knownSource(ctx context.Context, source string) (string, error) {
	side := SideOf(source)
	all, err := p.sides(ctx)
	if err == nil && !slices.Contains(all, side) {
		names := []string{MainSource}
		for _, s := range all[1:] {
			names = append(names, sourceOf(s))
		}
		err = problem.New("source.unknown", "There is no source of this name.", "The project has these: "+strings.Join(names, ", ")+".", "Use one of them, or add the source first.").At(problem.Place{Field: "source", Value: source})
	}
	return side, err
}

func (p *Project) extract(ctx context.Context, sides []string, objects []model.Object, pr *job.Progress) ([]extract.Result, error) {
	if err := p.idle(ctx); err != nil {
		return nil, err
	}
	if len(objects) == 0 {
		objects = nil // everything
	}
	out := []extract.Result{}
	for _, side := range sides {
		name := sourceOf(side)
		mine := objects
		if objects != nil {
			mine = slices.DeleteFunc(slices.Clone(objects), func(o model.Object) bool { return o.Source() != name })
			if len(mine) == 0 {
				continue
			}
		}
		got, err := p.readSide(ctx, side, mine, pr)
		out = append(out, got...)
		if err != nil {
			return out, err
		}
	}
	if err := p.refreshTruth(ctx); err != nil {
		return out, err
	}
	_, err := p.Profile(ctx, touchedBy(sides, out), pr)
	return out, err
}

// touchedBy names what is to be measured anew: nil is everything.
func touchedBy(sides []string, results []extract.Result) []model.Object {
	if slices.Contains(sides, Source) {
		return nil
	}
	out := []model.Object{}
	for _, r := range results {
		out = append(out, r.Object)
	}
	return out
}

// readSide reads one source.
func (p *Project) readSide(ctx context.Context, side string, objects []model.Object, pr *job.Progress) ([]extract.Result, error) {
	src, err := p.Desk(ctx, side)
	if err != nil {
		return nil, err
	}
	name := sourceOf(side)
	if objects == nil {
		if err := p.forgetOthers(ctx, name, src.Schema.From(name)); err != nil {
			return nil, err
		}
	}
	out, err := extract.Run(ctx, p.db, p.files, connector.Named(name, src.Conn), objects, pr)
	if err != nil {
		return out, err
	}
	if objects == nil && side == Source {
		if err := p.rulesAlong(ctx, src.Conn, pr); err != nil {
			return out, err
		}
	}
	counts := map[string]int64{}
	for _, r := range out {
		counts[string(r.Object)] = r.New + r.Changed + r.Same + r.Held
	}
	return out, p.db.Write(ctx, func(tx *store.Tx) error {
		print, err := sidePrint(tx, side)
		if err != nil {
			return err
		}
		if err := tx.Set(side+"_read", print); err != nil {
			return err
		}
		return tx.Audit(p.Person(), "source.read", counts)
	})
}

// forgetOthers lets go of staged records that a source no longer yields, such as after a
// table was taken out, and of sources that are not there any more. What was moved or decided stays.
func (p *Project) forgetOthers(ctx context.Context, source string, schema model.Schema) error {
	return p.db.Write(ctx, func(tx *store.Tx) error {
		names, err := furtherSources(tx)
		if err != nil {
			return err
		}
		staged, err := tx.Objects()
		if err != nil {
			return err
		}
		for _, o := range staged {
			_, yields := schema.Object(o)
			switch {
			case o.Source() == source && yields, o.Source() != source && (o.Source() == "" || slices.Contains(names, o.Source())):
				continue
			}
			if err := emptyObject(tx, o); err != nil {
				return err
			}
		}
		return nil
	})
}

// emptyObject lets go of the records of an object that were neither moved nor decided about.
func emptyObject(tx *store.Tx, o model.Object) error {
	if _, err := tx.BeginReading(o); err != nil {
		return err
	}
	_, err := tx.EndReading(o)
	return err
}

// RemoveSource takes a further source out of the project, with what was read of it. One whose
// records have moved stays: the manifest would say something untrue.
func (p *Project) RemoveSource(ctx context.Context, source string) error {
	side, err := p.knownSource(ctx, source)
	if err != nil {
		return err
	}
	if side == Source {
		return problem.New("source.main", "The main source stays.", "A move needs something to move.", "Choose another desk or other files for it instead.")
	}
	if err := p.idle(ctx); err != nil {
		return err
	}
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		all, err := tx.Manifest()
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.Object.Source() != source {
				continue
			}
			if done := m.Moved + m.Merged + m.Archived + m.LeftOut; done > 0 {
				return problem.New("source.in_use", "Records of this source have moved, or something was decided about them.", "The manifest accounts for them, so they cannot just go.", "Take the runs and the decisions back first.").At(problem.Place{Object: string(m.Object), Value: source})
			}
			if err := emptyObject(tx, m.Object); err != nil {
				return err
			}
		}
		names, err := furtherSources(tx)
		if err != nil {
			return err
		}
		names = slices.DeleteFunc(names, func(n string) bool { return n == source })
		if err := tx.Set(sourcesSetting, names); err != nil {
			return err
		}
		for _, s := range []string{"", "_schema", "_account", "_rules", "_survey", "_read", "_share"} {
			if err := tx.Unset(side + s); err != nil {
				return err
			}
		}
		return tx.Audit(p.Person(), "source.removed", map[string]string{"source": source})
	})
	if err != nil {
		return err
	}
	p.disconnect(side)
	return nil
}
