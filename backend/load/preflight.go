package load

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// CodePreflight says that something is in the way of the run.
const CodePreflight problem.Code = "load.preflight"

// States of a preflight finding.
const (
	PreflightOK   = "ok"
	PreflightWarn = "warn"
	PreflightStop = "stop"
)

// What the preflight looks at.
const (
	PreRights  = "rights"         // what our account may do
	PreShape   = "configuration"  // the target is as it was when the plan was made
	PreFields  = "fields"         // every field and option that the mapping writes is there
	PreQuiet   = "quiet"          // nothing that the desk does by itself reaches a customer
	PrePeople  = "people"         // agents and groups that records point to are there or come along
	PreLeft    = "leftovers"      // nothing of ours is there that the ledger does not know
	PreUpdates = "quiet_updates"  // a change of a record is as silent as its creation
	PreWindow  = "request_budget" // requests and time
)

// Preflight is one thing that was looked at before a run writes anything.
type Preflight struct {
	Code  string `json:"code"`
	State string `json:"state"`
	What  string `json:"what"`
	Why   string `json:"why"`
	Next  string `json:"next"`
	// Accepted: a person takes it upon themselves; CanAccept says that one may.
	Accepted  bool `json:"accepted"`
	CanAccept bool `json:"can_accept"`
	// Details are single lines, such as the names of triggers.
	Details []string `json:"details"`
}

// Look runs the preflight of a plan; it writes nothing.
func (j *Job) Look(ctx context.Context, plan store.Plan, sum Summary) ([]Preflight, error) {
	out := []Preflight{}
	add := func(f Preflight) {
		if f.Details == nil {
			f.Details = []string{}
		}
		f.Accepted = f.CanAccept && f.State == PreflightStop && j.Accepted[f.Code]
		out = append(out, f)
	}
	account, err := j.Target.Conn.Check(ctx)
	if err != nil {
		return out, err
	}
	add(rightsOf(j.Target.Kind.Title, account))
	now, err := j.Target.Conn.Schema(ctx)
	if err != nil {
		return out, err
	}
	if drift := Drift(sum.Shape, now); len(drift) > 0 {
		p := drifted(j.Target.Kind.Title, drift)
		add(Preflight{Code: PreShape, State: PreflightStop, What: p.What, Why: p.Why, Next: p.Next, Details: drift})
	} else {
		add(Preflight{Code: PreShape, State: PreflightOK, What: "Fields, options and limits are as they were when the plan was made."})
	}
	add(j.mapped())
	quiet, err := j.quiet(ctx, sum)
	if err != nil {
		return out, err
	}
	add(quiet)
	if f, ok := j.quietUpdates(sum); ok {
		add(f)
	}
	add(peopleOf(sum))
	left, err := j.leftovers(ctx, plan, sum)
	if err != nil {
		return out, err
	}
	add(left)
	add(Preflight{Code: PreWindow, State: PreflightOK, What: fmt.Sprintf("%d requests are needed.", sum.Requests)})
	return out, nil
}

func rightsOf(title string, a connector.Account) Preflight {
	if len(a.Missing) == 0 {
		return Preflight{Code: PreRights, State: PreflightOK, What: "The account may do everything that is needed.", Details: a.Rights}
	}
	return Preflight{
		Code: PreRights, State: PreflightStop, CanAccept: true, Details: a.Missing,
		What: "The account " + a.As + " may not: " + strings.Join(a.Missing, "; ") + ".",
		Why:  "The run, its check or a rollback would stop in the middle.",
		Next: "Give the account these rights in " + title + ", or say that the move does not need them.",
	}
}

// mapped says whether every rule of the mapping has a place in the target.
func (j *Job) mapped() Preflight {
	if len(j.Problems) == 0 {
		return Preflight{Code: PreFields, State: PreflightOK, What: "Every field and option that the mapping writes is there."}
	}
	f := Preflight{
		Code: PreFields, State: PreflightWarn, What: fmt.Sprintf("%d rules of the mapping have no place in the target.", len(j.Problems)),
		Why: "The records that they concern are held back.", Next: "Correct the mapping, or create the fields and options in the target.",
	}
	for _, p := range j.Problems {
		f.Details = append(f.Details, p.What)
	}
	return f
}

// quiet says what the target would do by itself (invariant 9, P-71).
func (j *Job) quiet(ctx context.Context, sum Summary) (Preflight, error) {
	title := j.Target.Kind.Title
	var loud, silenced []string
	if firer, ok := j.Target.Conn.(connector.Firer); ok {
		fires, err := firer.Fires(ctx)
		if err != nil {
			return Preflight{}, err
		}
		writes := map[model.Object]bool{}
		for _, o := range sum.Objects {
			if o.Create+o.Update > 0 {
				writes[o.Target] = true
			}
		}
		for _, f := range fires {
			concerned := len(f.On) == 0
			for _, o := range f.On {
				concerned = concerned || writes[o]
			}
			if !f.Active || !concerned {
				continue
			}
			line := f.Kind + " “" + f.Name + "”: " + f.Does
			if f.Silenced {
				silenced = append(silenced, line)
			} else {
				loud = append(loud, line)
			}
		}
	}
	switch {
	case len(loud) > 0:
		return Preflight{
			Code: PreQuiet, State: PreflightStop, CanAccept: true, Details: loud,
			What: fmt.Sprintf("%d things in %s would go off for what Waybill writes.", len(loud), title),
			Why:  "Customers could get mails about tickets that were solved long ago.",
			Next: "Switch them off in " + title + " for the time of the move, or accept it by name.",
		}, nil
	case !j.Target.Kind.Caps.Quiet:
		return Preflight{
			Code: PreQuiet, State: PreflightStop, CanAccept: true, Details: silenced,
			What: title + " cannot be kept quiet by Waybill.", Why: "It may send mails for what is created there.",
			Next: "Turn its notifications off there, prove it with the first records, and accept it by name.",
		}, nil
	}
	return Preflight{Code: PreQuiet, State: PreflightOK, What: "Nothing that " + title + " does by itself goes off for what Waybill writes.", Details: silenced}, nil
}

// quietUpdates warns where a change of a record is louder than its creation (P-72).
func (j *Job) quietUpdates(sum Summary) (Preflight, bool) {
	updates := int64(0)
	for _, o := range sum.Objects {
		updates += o.Update
	}
	if updates == 0 {
		return Preflight{}, false
	}
	if j.Target.Kind.Caps.QuietUpdates {
		return Preflight{Code: PreUpdates, State: PreflightOK, What: "Changes of records set nothing off either."}, true
	}
	return Preflight{
		Code: PreUpdates, State: PreflightStop, CanAccept: true,
		What: fmt.Sprintf("%d records would be changed, and changing one may set off triggers in %s.", updates, j.Target.Kind.Title),
		Why:  "Importing is silent there, changing is not.", Next: "Switch its triggers off for the time of the delta, then accept it by name.",
	}, true
}

func peopleOf(sum Summary) Preflight {
	f := Preflight{Code: PrePeople, State: PreflightOK, What: "Every agent and group that records point to is there, or comes along."}
	held := int64(0)
	for _, o := range sum.Objects {
		if o.Object == model.Agent || o.Object == model.Group {
			held += o.Hold
			if o.Create > 0 {
				f.Details = append(f.Details, fmt.Sprintf("%d %s come along", o.Create, Words(o.Object)))
			}
		}
	}
	if held > 0 {
		f.State, f.What = PreflightWarn, fmt.Sprintf("%d agents or groups are held back.", held)
		f.Why, f.Next = "What points to them is held back too.", "Settle them first if you want to move all of it at once."
	}
	return f
}

// leftovers looks for a sample of what is to be created: if some of it is there already,
// somebody ran an older copy of this project.
func (j *Job) leftovers(ctx context.Context, plan store.Plan, sum Summary) (Preflight, error) {
	finder, ok := j.Target.Conn.(connector.Finder)
	if !ok {
		return Preflight{Code: PreLeft, State: PreflightWarn, What: "Whether something of an earlier try is there cannot be asked.", Why: j.Target.Kind.Title + " cannot search by our mark.", Next: "Look into the desk by hand if there was an earlier try."}, nil
	}
	found := int64(0)
	for _, o := range sum.Objects {
		if o.Create == 0 {
			continue
		}
		var marks []model.Mark
		err := j.DB.Read(ctx, func(tx *store.Tx) error {
			first, err := tx.PlanItems(plan.ID, o.Object, store.ActCreate, 0, 50)
			if err != nil {
				return err
			}
			last, err := tx.LastPlanItems(plan.ID, o.Object, store.ActCreate, 50)
			if err != nil {
				return err
			}
			seqs := map[int64]bool{}
			for _, it := range append(first, last...) {
				seqs[it.Seq] = true
			}
			for seq := range seqs {
				if line, ok, err := tx.LedgerOf(seq); err != nil {
					return err
				} else if ok && line.State != store.LedgerRefused && line.State != store.LedgerRolledBack {
					continue // the ledger knows, or will ask
				}
				row, err := tx.RecordAt(seq)
				if err != nil {
					return err
				}
				marks = append(marks, MarkOf(j.Project, row.Record.Key))
			}
			return nil
		})
		if err != nil {
			return Preflight{}, err
		}
		sort.Slice(marks, func(a, b int) bool { return marks[a] < marks[b] })
		there, err := j.find(ctx, finder, o.Target, marks)
		if err != nil {
			return Preflight{}, err
		}
		found += int64(len(there))
	}
	if found > 0 {
		return Preflight{
			Code: PreLeft, State: PreflightWarn, What: fmt.Sprintf("%d of the records that were looked up are in the target already.", found),
			Why:  "An older copy of this project wrote them, or the run that did was forgotten.",
			Next: "Nothing to do: each record is looked for before it is created, so none is there twice. It takes more requests.",
		}, nil
	}
	return Preflight{Code: PreLeft, State: PreflightOK, What: "Nothing of an earlier try is in the target."}, nil
}

// preflight looks before a run writes anything, and stops it when something is in the way.
func (r *runner) preflight(ctx context.Context) error {
	var found []Preflight
	t := NewTrouble(r.j, r.p)
	for {
		var err error
		if found, err = r.j.Look(ctx, r.plan, r.sum); err == nil {
			break
		}
		if !Passes(err) {
			return err
		}
		if err := t.Wait(ctx, err); err != nil {
			return err
		}
	}
	for _, f := range found {
		if f.Code == PreLeft && f.State == PreflightWarn {
			if _, ok := r.j.Target.Conn.(connector.Finder); ok {
				r.askFirst = true
			}
		}
		if f.State != PreflightStop || f.Accepted {
			continue
		}
		next := f.Next
		if f.Code == PreShape {
			return problem.New(CodeDrift, f.What, f.Why, next)
		}
		code := CodePreflight
		if f.Code == PreQuiet {
			code = CodeNotQuiet
		}
		return problem.New(code, f.What, f.Why, next).At(problem.Place{Field: f.Code, Value: strings.Join(f.Details, "; ")})
	}
	return nil
}

// CodeNotQuiet says that the target would write to customers.
const CodeNotQuiet problem.Code = "load.not_quiet"
