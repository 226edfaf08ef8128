package project

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/connector/files"
	"waybill/backend/delta"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Settings of a project about its runs.
const (
	choicesSetting    = "loss_choices"
	acceptedSetting   = "preflight_accepted"
	thresholdsSetting = "thresholds"
	slicesSetting     = "slices"
	windowSetting     = "cutover_window_hours"
)

// Load prepares planning, running and checking with a mapping version; 0 is the newest.
func (p *Project) Load(ctx context.Context, version int) (*load.Job, error) {
	return p.loadWith(ctx, version, nil)
}

// loadWith prepares with the choices about losses that a plan was made with; nil: those in force.
func (p *Project) loadWith(ctx context.Context, version int, choices map[string]string) (*load.Job, error) {
	target, err := p.Desk(ctx, Target)
	if err != nil {
		return nil, err
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return nil, err
	}
	v, number, err := p.Accepted(ctx, version)
	if err != nil {
		return nil, err
	}
	prog, found, err := p.Program(ctx, v, src, target.Schema) // a rule that can't be used holds its records and says so
	if err != nil {
		return nil, err
	}
	print, err := p.Fingerprint(ctx)
	if err != nil {
		return nil, err
	}
	j := &load.Job{
		DB: p.db, Files: p.files, Program: prog, Problems: found, Target: target, Source: src, Project: p.info.ID, Mapping: number, Fingerprint: print, By: p.Person(),
		SourceState: p.SourceState, Changes: &delta.Delta{},
	}
	if from := p.sourceLinker(ctx); from != nil {
		if to, ok := target.Conn.(connector.Linker); ok {
			j.From, j.To = from, to
		}
	}
	if j.Unmapped, err = p.unmapped(ctx, v.Leftovers(src, target.Schema)); err != nil {
		return nil, err
	}
	if j.Choices = choices; choices == nil {
		if j.Choices, err = p.Choices(ctx); err != nil {
			return nil, err
		}
	}
	if j.Limits, err = p.Thresholds(ctx); err != nil {
		return nil, err
	}
	accepted, err := p.AcceptedFindings(ctx)
	if err != nil {
		return nil, err
	}
	j.Accepted = map[string]bool{}
	for code := range accepted {
		j.Accepted[code] = true
	}
	if j.PerMinute, err = p.allowance(ctx, target.Kind.Limits); err != nil {
		return nil, err
	}
	j.Ease()
	return j, nil
}

// unmapped finds, among the fields that no rule uses, those that hold something.
func (p *Project) unmapped(ctx context.Context, left []mapping.Leftover) ([]load.Unmapped, error) {
	profiles, err := p.Profiles(ctx)
	if err != nil {
		return nil, err
	}
	filled := map[string]int64{}
	for _, o := range profiles {
		for _, f := range o.Fields {
			filled[string(o.Object)+"/"+f.Name] = f.Filled
		}
	}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		for _, l := range left { // what comes along from another source is in no profile
			if _, known := filled[string(l.Source)+"/"+l.Field.Name]; known {
				continue
			}
			counts, err := tx.FixCounts(l.Source)
			if err != nil {
				return err
			}
			for f, n := range counts {
				if k := string(l.Source) + "/" + f; filled[k] == 0 {
					filled[k] = n
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := []load.Unmapped{}
	for _, l := range left {
		if n := filled[string(l.Source)+"/"+l.Field.Name]; n > 0 {
			out = append(out, load.Unmapped{Object: l.Source, Field: l.Field.Name, Filled: n})
		}
	}
	return out, nil
}

// allowance is how many requests a minute may be used at the target.
func (p *Project) allowance(ctx context.Context, limits pace.Limits) (float64, error) {
	per := float64(limits.PerMinute)
	if a, err := p.Account(ctx, Target); err == nil && a.PerMinute > 0 {
		per = float64(a.PerMinute)
	}
	share, err := p.Share(ctx, Target)
	if err != nil {
		return 0, err
	}
	return per * meanShare(share), nil
}

// SourceState asks the source what it holds, to prove that a rollback did not touch it.
func (p *Project) SourceState(ctx context.Context) (string, error) {
	sides, err := p.sides(ctx)
	if err != nil {
		return "", err
	}
	parts, tables := []string{}, []files.Table{}
	for _, side := range sides {
		d, err := p.open(ctx, side)
		if err != nil {
			return "", err
		}
		schema, err := p.ownSchema(ctx, side)
		if err != nil {
			return "", err
		}
		for _, o := range schema.Objects {
			n, _, err := d.conn.Count(ctx, o.Object)
			if err != nil {
				return "", err
			}
			parts = append(parts, fmt.Sprintf("%s %d", o.Object.From(sourceOf(side)), n))
		}
		more, err := p.TablesOf(ctx, side)
		if err != nil {
			return "", err
		}
		tables = append(tables, more...)
	}
	seen := map[string]bool{}
	for _, t := range tables {
		if seen[t.File] {
			continue
		}
		seen[t.File] = true
		sum, err := fileHash(t.File)
		if err != nil {
			return "", err
		}
		parts = append(parts, "file "+sum)
	}
	return strings.Join(parts, ", "), nil
}

// Plan works out what a run would do and stores it; nothing is written to the target.
func (p *Project) Plan(ctx context.Context, scope load.Scope, pr *job.Progress) (store.Plan, load.Summary, error) {
	if err := p.idle(ctx); err != nil {
		return store.Plan{}, load.Summary{}, err
	}
	switch scope.Kind {
	case model.RunFull, model.RunPilot, model.RunDelta, load.RunSlice, load.RunRetry:
	default:
		return store.Plan{}, load.Summary{}, problem.New("plan.scope", "The word "+strconv.Quote(scope.Kind)+" is not one that Waybill plans by.", "It plans the whole source, a rehearsal, a part of it, what was held, or what changed since.", "Use full, pilot, slice, retry or delta.").At(problem.Place{Value: scope.Kind})
	}
	if err := p.complete(ctx); err != nil {
		return store.Plan{}, load.Summary{}, err
	}
	if scope.Kind == load.RunSlice {
		if err := p.sliceMayStart(ctx, scope.Slice); err != nil {
			return store.Plan{}, load.Summary{}, err
		}
	}
	j, err := p.Load(ctx, 0)
	if err != nil {
		return store.Plan{}, load.Summary{}, err
	}
	if err := p.asFrozen(ctx, j); err != nil {
		return store.Plan{}, load.Summary{}, err
	}
	return load.Plan(ctx, j, scope, pr)
}

// Run executes a plan, or goes on with a run that was interrupted or waits.
func (p *Project) Run(ctx context.Context, order load.Order, pr *job.Progress) (store.Run, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return store.Run{}, err
	}
	defer leave()
	version := 0
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		runs, err := tx.Runs()
		if err != nil {
			return err
		}
		plan := order.Plan
		for _, r := range runs {
			switch {
			case order.Resume != 0 && r.ID == order.Resume:
				plan = r.Plan
			case order.Resume == 0 && order.Yes && r.State == load.StateCanary && (r.Plan == order.Plan || order.Plan == 0):
				// Saying yes to a plan whose first records wait is saying yes to these.
				order.Resume, plan = r.ID, r.Plan
			}
		}
		pl, err := tx.Plan(plan)
		version = pl.Mapping
		return err
	})
	if err != nil {
		return store.Run{}, err
	}
	j, err := p.Load(ctx, version)
	if err != nil {
		return store.Run{}, err
	}
	if err := p.asFrozen(ctx, j); err != nil {
		return store.Run{}, err
	}
	p.meter(pr, Target)
	return load.Start(ctx, j, order, pr)
}

// GoBeyond notes by name and with a reason that a run goes on although a threshold was
// passed; the run itself is then ordered with load.Order.Beyond.
func (p *Project) GoBeyond(ctx context.Context, run int64, why string) error {
	if strings.TrimSpace(why) == "" {
		return problem.New("run.no_reason", "Please say why the run should go on.", "A threshold was agreed on, and this goes beyond it.", "Add a reason.")
	}
	return p.change(ctx, "run.go_beyond", map[string]any{"run": run, "why": why}, func(*store.Tx) error { return nil })
}

// Preflight looks what is in the way of a plan; 0 is the newest. It writes nothing.
func (p *Project) Preflight(ctx context.Context, plan int64) ([]load.Preflight, error) {
	var pl store.Plan
	err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
		pl, err = tx.Plan(plan)
		return err
	})
	if err != nil {
		return nil, err
	}
	sum, err := Summary(pl)
	if err != nil {
		return nil, err
	}
	j, err := p.Load(ctx, pl.Mapping)
	if err != nil {
		return nil, err
	}
	return j.Look(ctx, pl, sum)
}

// Acceptance of a preflight finding: who took it upon themselves, and why.
type Acceptance struct {
	By  model.Person `json:"by"`
	At  string       `json:"at"`
	Why string       `json:"why"`
}

// AcceptedFindings lists what people took upon themselves, by the finding's code.
func (p *Project) AcceptedFindings(ctx context.Context) (map[string]Acceptance, error) {
	out := map[string]Acceptance{}
	return out, p.setting(ctx, acceptedSetting, &out)
}

// AcceptFinding takes a preflight finding upon oneself, by name and with a reason; an empty
// reason takes that back.
func (p *Project) AcceptFinding(ctx context.Context, code, why string) error {
	return p.change(ctx, "preflight.accepted", map[string]string{"finding": code, "why": why}, func(tx *store.Tx) error {
		all := map[string]Acceptance{}
		if _, err := tx.Setting(acceptedSetting, &all); err != nil {
			return err
		}
		delete(all, code)
		if strings.TrimSpace(why) != "" {
			all[code] = Acceptance{By: p.Person(), At: stamp(), Why: why}
		}
		return tx.Set(acceptedSetting, all)
	})
}

// Choices about losses, by load.LossKey.
func (p *Project) Choices(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	return out, p.setting(ctx, choicesSetting, &out)
}

// Choose says what becomes of records that the target cannot hold as they are. Plans
// made before are stale then.
func (p *Project) Choose(ctx context.Context, code string, o model.Object, field, choice string) error {
	if err := p.idle(ctx); err != nil {
		return err
	}
	j, err := p.Load(ctx, 0)
	if err != nil {
		return err
	}
	if !j.CanChoose(code, o, field, choice) {
		return problem.New("loss.choice", "This cannot be chosen here.", "The target or the kind of loss does not allow it.", "Choose one of those that the plan offers.").At(problem.Place{Object: string(o), Field: field, Value: choice})
	}
	return p.db.Write(ctx, func(tx *store.Tx) error { return choose(tx, load.LossKey(code, o, field), choice, p.Person()) })
}

// choose keeps a choice about a loss, by its load.LossKey.
func choose(tx *store.Tx, key, choice string, by model.Person) error {
	all := map[string]string{}
	if _, err := tx.Setting(choicesSetting, &all); err != nil {
		return err
	}
	all[key] = choice
	if err := tx.Set(choicesSetting, all); err != nil {
		return err
	}
	return tx.Audit(by, "loss.chosen", map[string]string{"loss": key, "choice": choice})
}

// Thresholds that stop a run by themselves.
func (p *Project) Thresholds(ctx context.Context) (load.Thresholds, error) {
	out := load.Thresholds{HeldPercent: 5, AtLeast: 100, InARow: 200}
	return out, p.setting(ctx, thresholdsSetting, &out)
}

// SetThresholds agrees on when a run stops by itself and who decides then.
func (p *Project) SetThresholds(ctx context.Context, t load.Thresholds) error {
	if t.HeldPercent < 0 || t.HeldPercent > 100 || t.AtLeast < 0 || t.InARow < 0 {
		return problem.New("thresholds.wrong", "A threshold is a share from 0 to 100 %, or a number of records.", "", "Correct it.")
	}
	return p.change(ctx, "thresholds", t, func(tx *store.Tx) error { return tx.Set(thresholdsSetting, t) })
}

// Window is how many hours the cut-over may take; 0: not stated.
func (p *Project) Window(ctx context.Context) (hours float64, err error) {
	return hours, p.setting(ctx, windowSetting, &hours)
}

// SetWindow states how many hours the cut-over may take.
func (p *Project) SetWindow(ctx context.Context, hours float64) error {
	if hours < 0 {
		return problem.New("window.wrong", "A window has at least no hours.", "", "Give the hours that the cut-over may take.")
	}
	return p.change(ctx, "cutover_window", map[string]float64{"hours": hours}, func(tx *store.Tx) error { return tx.Set(windowSetting, hours) })
}

// Clock says how many records now live only in the target.
func (p *Project) Clock(ctx context.Context) (load.Clock, error) {
	j, err := p.Load(ctx, 0)
	if err != nil {
		return load.Clock{}, err
	}
	return j.Clock(ctx)
}

// Canaries are the first records of a run, as they were meant and as they came back.
func (p *Project) Canaries(ctx context.Context, run int64) (out []load.Canary, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = load.Canaries(tx, run)
		return err
	})
	return out, err
}

// fileHash is the SHA-256 of a file.
func fileHash(path string) (string, error) {
	f, err := os.Open(path) // #nosec G304 -- the export file that the person chose
	if err != nil {
		return "", problem.Wrap(err, "source.file_gone", "The export file "+filepath.Base(path)+" cannot be read.", "It was moved or deleted since the source was read.", "Put it back where it was.")
	}
	defer func() { _ = f.Close() }() // only read from
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (p *Project) setting(ctx context.Context, name string, v any) error {
	return p.db.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Setting(name, v)
		return err
	})
}

// change writes a setting with its line in the audit trail.
func (p *Project) change(ctx context.Context, what string, detail any, fn func(*store.Tx) error) error {
	return p.db.Write(ctx, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Audit(p.Person(), what, detail)
	})
}
