package profile

import (
	"math"

	"waybill/backend/model"
	"waybill/backend/store"
)

// Stand says of every finding whether it is still open: what people said about it, and
// the decisions in force. A finding that grew since somebody accepted it is open again.
func Stand(tx *store.Tx, all []Object) error {
	said, err := tx.FindingStates()
	if err != nil {
		return err
	}
	decisions, err := tx.Decisions()
	if err != nil {
		return err
	}
	for i := range all {
		for j := range all[i].Findings {
			f := &all[i].Findings[j]
			f.State = Open
			for _, d := range decisions {
				if d.UndoneAt == "" && answers(d, *f) {
					f.State, f.By, f.When, f.Why = Decided, d.By.Name, d.At, d.Title
				}
			}
			for _, s := range said {
				if s.Object == f.Object && s.Code == f.Code && s.Field == f.Field && f.Count <= s.Count {
					f.State, f.By, f.When, f.Why = s.State, s.By.Name, s.At, s.Why
				}
			}
		}
	}
	return nil
}

// answers says whether a decision of cleaning is about what a finding found.
func answers(d store.Decision, f Finding) bool {
	o := string(f.Object)
	switch f.Code {
	case "rows.held":
		return d.Rule == "leave_out."+o+".unreadable"
	case "keys.repeated":
		return d.Rule == "leave_out."+o+".repeated"
	case "links.broken":
		return d.Rule == "leave_out."+o+".hangs_on_nothing."+f.Field
	case "people.same_address":
		return d.Does == "merge" && d.Object == f.Object
	case "records.test":
		return d.Rule == "leave_out."+o+".test"
	case "records.spam":
		return d.Rule == "leave_out."+o+".spam."+f.Field+"."+f.Value
	case "files.missing":
		return d.Rule == "leave_out.attachment.no_content"
	}
	return false
}

// Score says in one figure how ready the data is, and how it comes about.
type Score struct {
	// Points of 100; Enough is from where on the data is clean enough to go on.
	Points int `json:"points"`
	Enough int `json:"enough"`
	// Formula in words, for the person who reads the figure.
	Formula string      `json:"formula"`
	Lines   []ScoreLine `json:"lines"`
}

// ScoreLine is what one open finding costs.
type ScoreLine struct {
	Code   string       `json:"code"`
	Object model.Object `json:"object"`
	Field  string       `json:"field"`
	What   string       `json:"what"`
	Count  int64        `json:"count"`
	Rows   int64        `json:"rows"`
	Cost   float64      `json:"cost"`
}

const enough = 80

// Ready adds up what the open findings cost.
func Ready(all []Object) Score {
	s := Score{
		Enough: enough, Lines: []ScoreLine{},
		Formula: "100 points, less for each open finding: 4 + 16 × its share of the records where records are held for it, 1 + 4 × its share where people will notice it. Good-to-know findings, decided and accepted ones cost nothing.",
	}
	left := 100.0
	for _, o := range all {
		for _, f := range o.Findings {
			if f.State != Open {
				continue
			}
			share := 0.0
			if o.Rows > 0 {
				share = min(float64(f.Count)/float64(o.Rows), 1)
			}
			var cost float64
			switch f.Severity {
			case Stop:
				cost = 4 + 16*share
			case Warn:
				cost = 1 + 4*share
			default:
				continue
			}
			cost = math.Round(cost*10) / 10
			left -= cost
			s.Lines = append(s.Lines, ScoreLine{Code: f.Code, Object: f.Object, Field: f.Field, What: f.What, Count: f.Count, Rows: o.Rows, Cost: cost})
		}
	}
	s.Points = max(int(math.Round(left)), 0)
	return s
}

// Graph is which objects hang on which, and the order in which they load.
type Graph struct {
	Nodes []Node      `json:"nodes"`
	Edges []GraphEdge `json:"edges"`
}

// Node is one object; Step is its place in the load order, from 1.
type Node struct {
	Object model.Object `json:"object"`
	Rows   int64        `json:"rows"`
	Step   int          `json:"step"`
}

// GraphEdge is a kind of link. Later: what it leads to loads after it, or is the same
// object, so the link is set when both are there.
type GraphEdge struct {
	From   model.Object `json:"from"`
	To     model.Object `json:"to"`
	Field  string       `json:"field"`
	Linked int64        `json:"linked"`
	Broken int64        `json:"broken"`
	Later  bool         `json:"later"`
}

// GraphOf finds the load order from the links that were measured: what others hang on comes
// first. In a circle of objects the one that Waybill usually loads first begins.
func GraphOf(all []Object) Graph {
	g := Graph{Nodes: []Node{}, Edges: []GraphEdge{}}
	rows := map[model.Object]int64{}
	needs := map[model.Object]map[model.Object]bool{}
	for _, o := range all {
		rows[o.Object] = o.Rows
		needs[o.Object] = map[model.Object]bool{}
	}
	for _, o := range all {
		for _, l := range o.Orphans {
			for _, to := range splitTags(l.To, ",") {
				t := model.Object(to)
				g.Edges = append(g.Edges, GraphEdge{From: o.Object, To: t, Field: l.Field, Linked: l.Linked, Broken: l.Count})
				if _, ok := rows[t]; ok && t != o.Object {
					needs[o.Object][t] = true
				}
			}
		}
	}
	step := map[model.Object]int{}
	for len(step) < len(all) {
		pick := model.Object("")
		for _, o := range all { // in loading order
			if step[o.Object] > 0 {
				continue
			}
			free := true
			for t := range needs[o.Object] {
				free = free && step[t] > 0
			}
			if pick == "" {
				pick = o.Object // if no one is free, the first of the circle
			}
			if free {
				pick = o.Object
				break
			}
		}
		step[pick] = len(step) + 1
		g.Nodes = append(g.Nodes, Node{Object: pick, Rows: rows[pick], Step: step[pick]})
	}
	for i, e := range g.Edges {
		g.Edges[i].Later = e.From == e.To || step[e.To] > step[e.From]
	}
	return g
}

// FindingOf finds a finding of the kept profiles.
func FindingOf(all []Object, o model.Object, code, field string) (Finding, bool) {
	for _, x := range all {
		for _, f := range x.Findings {
			if f.Object == o && f.Code == code && f.Field == field {
				return f, true
			}
		}
	}
	return Finding{}, false
}
