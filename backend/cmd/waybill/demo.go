package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"waybill/backend/check"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/store"
)

// demoed is what demo prints: the manifest in its usual shape, and what proves it.
type demoed struct {
	Balances bool             `json:"balances"`
	Objects  []model.Manifest `json:"objects"`
	Checks   []check.Item     `json:"checks"`
	Passed   bool             `json:"passed"`
	Project  string           `json:"project"`
	Report   string           `json:"report"`
	SHA256   string           `json:"report_sha256"`
	// Mails that the practice desk would have sent to customers.
	Mails int64 `json:"mails"`
	// Canary is the first record of each object, as it was meant and as it came back.
	Canary []load.Canary `json:"canary"`
}

// demo walks the whole journey on the sample project, as a lead would: nothing in
// it is prepared beyond the decisions that a person takes.
func demo(c *call) (code int, err error) {
	dir := filepath.Join(os.TempDir(), "waybill-demo-"+time.Now().Format("20060102-150405")+project.Extension)
	if len(c.args) > 0 {
		dir = c.args[0]
	}
	lead := model.Person{Name: "Ada Lindqvist", Role: "migration lead"}
	p, err := project.CreateSample(c.ctx, dir, c.env)
	if err != nil {
		return exitFailed, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.SetPerson(c.ctx, lead); err != nil {
		return exitFailed, err
	}
	out := demoed{Project: dir, Objects: []model.Manifest{}, Checks: []check.Item{}}
	steps := []struct {
		title string
		run   func(context.Context, *job.Progress) error
	}{
		{"Reading the export", func(ctx context.Context, pr *job.Progress) error {
			_, err := p.Extract(ctx, nil, pr)
			return err
		}},
		{"Connecting the practice desk", func(ctx context.Context, _ *job.Progress) error {
			_, err := p.ConnectPractice(ctx)
			return err
		}},
		{"Deciding what stays behind", func(ctx context.Context, _ *job.Progress) error { return p.DecideSample(ctx) }},
		{"Mapping", func(ctx context.Context, _ *job.Progress) error { return p.MapSample(ctx) }},
		{"Planning", func(ctx context.Context, pr *job.Progress) error {
			_, _, err := p.Plan(ctx, load.Scope{Kind: model.RunFull}, pr)
			return err
		}},
		{"Moving", func(ctx context.Context, pr *job.Progress) error {
			// The demo's lead agrees beforehand: the rest follows when the first records come back as meant.
			run, err := p.Run(ctx, load.Order{Yes: true}, pr)
			if err != nil {
				return err
			}
			out.Canary, err = p.Canaries(ctx, run.ID)
			return err
		}},
		{"Deciding about what was held back", func(ctx context.Context, _ *job.Progress) error { return p.SettleSample(ctx) }},
		{"Checking", func(ctx context.Context, pr *job.Progress) error {
			res, err := p.Check(ctx, pr)
			out.Checks, out.Passed = res.Checks, res.Passed
			return err
		}},
	}
	for i, s := range steps {
		c.say("%d. %s", i+1, s.title)
		if err := c.work(s.title, func(pr *job.Progress) error { return s.run(c.ctx, pr) }); err != nil {
			return exitFailed, err
		}
		if s.title == "Moving" {
			c.showCanary(out.Canary)
		}
	}
	if out.Objects, err = p.Manifest(c.ctx); err != nil {
		return exitFailed, err
	}
	out.Balances = project.Balances(out.Objects)
	if out.Balances && out.Passed {
		if err := signBoth(c.ctx, p); err != nil {
			return exitFailed, err
		}
	}
	w, err := p.WriteReport(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	out.Report, out.SHA256 = w.Path, w.SHA256
	if out.Mails, err = p.PracticeMails(c.ctx); err != nil {
		return exitFailed, err
	}
	c.printManifest(manifest{out.Balances, out.Objects})
	failed := 0
	for _, k := range out.Checks {
		if !k.Passed {
			failed++
			c.say("  FAILED %s (%s): %d of %d", k.Title, project.Title(k.Object), k.Failed, k.LookedAt)
			for _, e := range k.Examples {
				c.say("         %s", e)
			}
		}
	}
	c.say("%d checks, %d failed. %d messages would have gone to customers.", len(out.Checks), failed, out.Mails)
	if !out.Balances {
		groups := []store.HeldGroup{}
		err := p.DB().Read(c.ctx, func(tx *store.Tx) (err error) {
			groups, err = tx.HeldGroups()
			return err
		})
		if err != nil {
			return exitFailed, err
		}
		for _, g := range groups {
			h := groupOf(g)
			c.say("  held: %d %s, %s. %s %s", h.Count, h.Object, h.Message, h.Next, fmt.Sprint(h.Examples))
		}
	}
	c.say("Report: %s", out.Report)
	return personIf(!out.Balances || !out.Passed), c.give(out)
}

// signBoth gives the two acceptances that the sample's people would give.
func signBoth(ctx context.Context, p *project.Project) error {
	if err := p.Sign(ctx, "technical", model.Person{Name: "Ada Lindqvist", Role: "migration lead"}, "Every record is accounted for and was read back.", ""); err != nil {
		return err
	}
	return p.Sign(ctx, "business", model.Person{Name: "Bruno Okafor", Role: "head of customer care"}, "We looked at the moved conversations and accept them.", "")
}
