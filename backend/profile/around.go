package profile

import (
	"sort"
	"strings"

	"waybill/backend/model"
	"waybill/backend/store"
)

// around measures what a record cannot say by itself: its links, its owners, its file.
func around(tx *store.Tx, shape model.ObjectSchema, out *Object) (err error) {
	o := out.Object
	if out.Rows, err = tx.Count(store.Filter{Object: o}); err != nil {
		return err
	}
	if out.DuplicateKeys, err = tx.Count(store.Filter{Object: o, Op: "repeated_key"}); err != nil {
		return err
	}
	links, err := tx.LinkCounts(o)
	if err != nil {
		return err
	}
	agents := false
	for _, l := range links {
		to := make([]string, len(l.To))
		for i, x := range l.To {
			to[i] = string(x)
			agents = agents || x.Kind() == model.Agent
			if x == o {
				if err := cycle(tx, out, l.Role); err != nil {
					return err
				}
			}
		}
		out.Orphans = append(out.Orphans, Orphan{Field: l.Role, To: strings.Join(to, ", "), Count: l.Broken, Linked: l.Linked})
	}
	if agents && o.Kind() != model.Agent {
		if err := owners(tx, out); err != nil {
			return err
		}
	}
	if o.Kind() == model.Attachment {
		return files(tx, out)
	}
	return nil
}

const codeCycle = "links.cycle"

// cycle finds the records that lead back to themselves by a role: whoever leads to nobody, or
// is led to by nobody, is on no circle, and is taken away until nothing changes.
func cycle(tx *store.Tx, out *Object, role string) error {
	edges, err := tx.SelfLinks(out.Object, role)
	if err != nil {
		return err
	}
	for {
		from, to := map[int64]bool{}, map[int64]bool{}
		for _, e := range edges {
			from[e.From], to[e.To] = true, true
		}
		kept := edges[:0]
		for _, e := range edges {
			if from[e.To] && to[e.From] {
				kept = append(kept, e)
			}
		}
		if done := len(kept) == len(edges); done {
			break
		}
		edges = kept
	}
	on := map[int64]bool{}
	seqs := []int64{}
	for _, e := range edges {
		if !on[e.From] {
			on[e.From] = true
			seqs = append(seqs, e.From)
		}
	}
	if len(seqs) > 0 {
		out.Cycles = append(out.Cycles, Cycle{Field: role, Count: int64(len(seqs))})
	}
	return tx.SetFound(out.Object, codeCycle, role, seqs)
}

const codeOwners = "owners.left"

// owners finds agents who left and still own records.
func owners(tx *store.Tx, out *Object) error {
	found, after := map[string][]int64{}, int64(0)
	for _, l := range out.Orphans {
		found[l.Field] = nil // what was found before is forgotten
	}
	for {
		rows, err := tx.Records(store.Filter{Object: model.Agent.From(out.Object.Source())}, after, 1000)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			after = row.Seq
			values, err := model.Values(row.Record.Raw)
			if err != nil || !left(values) {
				continue // a row that could not be read says nothing of its agent
			}
			if err := ownedBy(tx, out, row, found); err != nil {
				return err
			}
		}
	}
	for role, seqs := range found {
		if err := tx.SetFound(out.Object, codeOwners, role, seqs); err != nil {
			return err
		}
	}
	sort.Slice(out.Owners, func(i, j int) bool {
		a, b := out.Owners[i], out.Owners[j]
		if a.Count != b.Count {
			return a.Count > b.Count
		}
		return a.Field+" "+a.Value < b.Field+" "+b.Value
	})
	return nil
}

// ownedBy adds what one agent who left still owns.
func ownedBy(tx *store.Tx, out *Object, agent store.Row, found map[string][]int64) error {
	name := agent.Name
	if name == "" {
		name = agent.Record.Key.ID
	}
	owned, err := tx.OwnedBy(out.Object, agent)
	if err != nil {
		return err
	}
	for _, w := range owned { // sorted by role and value
		found[w.Role] = append(found[w.Role], w.Seq)
		if n := len(out.Owners); n > 0 && out.Owners[n-1].Field == w.Role && out.Owners[n-1].Value == w.Value {
			out.Owners[n-1].Count++
			continue
		}
		out.Owners = append(out.Owners, Owner{Field: w.Role, Value: w.Value, Name: name, Count: 1})
	}
	return nil
}

// left says whether an agent's record says that they are no longer at work, in the words
// of the desks that Waybill knows.
func left(values map[string]any) bool {
	for name, v := range values {
		said := strings.ToLower(strings.Trim(model.Plain(v), Blanks))
		switch strings.ToLower(name) {
		case "active", "is_active", "enabled", "is_enabled":
			if said == "false" || said == "0" || said == "no" {
				return true
			}
		case "suspended", "deactivated", "deleted", "disabled", "locked", "is_blocked", "deleted_agent":
			if said == "true" || said == "1" || said == "yes" {
				return true
			}
		case "status", "state":
			switch said {
			case "inactive", "disabled", "deactivated", "suspended", "deleted", "left", "locked":
				return true
			}
		}
	}
	return false
}

const codeRepeatedFile = "files.repeated"

// files counts what is wrong with the contents of attachments.
func files(tx *store.Tx, out *Object) error {
	f := Files{}
	for what, n := range map[string]*int64{"missing": &f.Missing, "empty": &f.Empty, "large": &f.Large, "dangerous": &f.Dangerous} {
		c, err := tx.Count(store.Filter{Object: out.Object, Op: "file", Value: what})
		if err != nil {
			return err
		}
		*n = c
	}
	seqs, err := tx.RepeatedFiles(out.Object)
	if err != nil {
		return err
	}
	f.Repeated, out.Files = int64(len(seqs)), &f
	return tx.SetFound(out.Object, codeRepeatedFile, "", seqs)
}

// stateField finds the field that says how far a record is.
func stateField(shape model.ObjectSchema, fields []Field) string {
	for _, want := range []string{"status", "state", "ticket_status", "status_id", "stage"} {
		for _, f := range fields {
			if strings.EqualFold(f.Name, want) && f.Distinct > 0 && f.Distinct <= 60 {
				return f.Name
			}
		}
	}
	for _, f := range shape.Fields {
		if f.Type != model.Option || !strings.Contains(strings.ToLower(f.Name+f.Title), "stat") {
			continue
		}
		for _, x := range fields {
			if x.Name == f.Name && x.Distinct > 0 && x.Distinct <= 60 {
				return f.Name
			}
		}
	}
	return ""
}
