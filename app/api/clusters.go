package api

import (
	"waybill/backend/clean"
	"waybill/backend/project"
	"waybill/backend/store"
)

// mostClusters of one kind are drawn: the largest.
const mostClusters = 150

// ClustersView is what a search for duplicates found among the records of an object, as a
// picture shows it.
type ClustersView struct {
	Object string `json:"object"`
	Title  string `json:"title"`
	// All groups; Groups are the largest of them.
	All    int64         `json:"all"`
	Groups []ClusterView `json:"groups"`
}

// ClusterView is a group of records that are the same one, surely or perhaps.
type ClusterView struct {
	ID int64 `json:"id"`
	// Band: sure, ask, different. State: open, merged, apart.
	Band  string `json:"band"`
	State string `json:"state"`
	// Name of the record that survives; Records are how many they are.
	Name    string `json:"name"`
	Records int64  `json:"records"`
	// Score is how much speaks for it, in bits.
	Score float64 `json:"score"`
}

// Clusters gives what the searches for duplicates found, kind by kind.
func (c *Clean) Clusters() (out []ClustersView, err error) {
	defer guard(&err)
	out = []ClustersView{}
	p, err := c.s.project()
	if err != nil {
		return out, err
	}
	searches, err := p.Searches(c.s.ctx)
	if err != nil {
		return out, err
	}
	return out, p.DB().Read(c.s.ctx, func(tx *store.Tx) error {
		for _, s := range searches {
			if s.At == "" {
				continue
			}
			found, all, err := tx.Clusters(s.Object, mostClusters)
			if err != nil {
				return err
			}
			v := ClustersView{Object: string(s.Object), Title: title(s.Object), All: all, Groups: []ClusterView{}}
			for _, g := range found {
				v.Groups = append(v.Groups, ClusterView{ID: g.ID, Band: g.Band, State: g.State, Name: g.Name, Records: g.Records, Score: g.Score})
			}
			out = append(out, v)
		}
		return nil
	})
}

// Twin gives one group of duplicates side by side.
func (c *Clean) Twin(id int64) (v TwinView, err error) {
	defer guard(&err)
	v = TwinView{Members: []TwinMember{}, Rows: []TwinRow{}, Addresses: []string{}}
	p, err := c.s.project()
	if err != nil {
		return v, err
	}
	src, err := p.Schema(c.s.ctx, project.Source)
	if err != nil {
		return v, err
	}
	dst, err := p.Schema(c.s.ctx, project.Target)
	if err != nil {
		return v, err
	}
	return v, p.DB().Read(c.s.ctx, func(tx *store.Tx) error {
		g, err := clean.Look(tx, src, id)
		if err == nil {
			v = twinView(g, keptWhere(dst, g.Object))
		}
		return err
	})
}
