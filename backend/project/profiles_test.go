package project_test

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/project"
)

// The sample is measured; a finding is accepted by name and taken back; the profile is
// written as paper and as workbook, the same bytes each time.
func TestProfile_saidAndWritten(t *testing.T) {
	ctx := context.Background()
	p, err := project.CreateSample(ctx, filepath.Join(t.TempDir(), "Sample.waybill"), env())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	out := t.TempDir()
	if err := p.WriteProfile(ctx, filepath.Join(out, "none.pdf")); !problem.Is(err, "profile.none") {
		t.Errorf("nothing was measured and the profile is written: %v", err)
	}
	must("person", p.SetPerson(ctx, model.Person{Name: "Ada", Role: "lead"}))
	_, err = p.Extract(ctx, nil, job.New("test"))
	must("extract", err)
	all, err := p.Profiles(ctx)
	must("profiles", err)
	before := profile.Ready(all)
	if len(before.Lines) == 0 || before.Points >= 100 {
		t.Fatalf("the sample has nothing to find: %+v", before)
	}
	line := before.Lines[0]
	if err := p.SayOfFinding(ctx, line.Object, line.Code, line.Field, profile.Accepted, " "); !problem.Is(err, "finding.why") {
		t.Errorf("accepted without a reason: %v", err)
	}
	must("accept", p.SayOfFinding(ctx, line.Object, line.Code, line.Field, profile.Accepted, "agreed"))
	all, err = p.Profiles(ctx)
	must("profiles", err)
	if f, ok := profile.FindingOf(all, line.Object, line.Code, line.Field); !ok || f.State != profile.Accepted || f.By != "Ada" || f.Why != "agreed" {
		t.Errorf("%+v", f)
	}
	if after := profile.Ready(all); len(after.Lines) != len(before.Lines)-1 || after.Points < before.Points {
		t.Errorf("%d points before, %d after", before.Points, after.Points)
	}
	again, err := p.Profile(ctx, nil, job.New("test"))
	must("measure", err)
	if f, _ := profile.FindingOf(again, line.Object, line.Code, line.Field); f.State != profile.Accepted {
		t.Errorf("measured again it is %s", f.State)
	}
	must("reopen", p.SayOfFinding(ctx, line.Object, line.Code, line.Field, profile.Open, ""))
	if err := p.SayOfFinding(ctx, line.Object, "no.such", "", profile.Accepted, "x"); !problem.Is(err, "finding.gone") {
		t.Errorf("an unknown finding: %v", err)
	}
	for _, name := range []string{"profile.pdf", "profile.xlsx"} {
		var was []byte
		for range 2 {
			path := filepath.Join(out, "papers", name)
			must("write", p.WriteProfile(ctx, path))
			b, err := os.ReadFile(path)
			must("read", err)
			if was != nil && !bytes.Equal(was, b) {
				t.Errorf("%s is not the same twice", name)
			}
			was = b
		}
		if _, err := zip.NewReader(bytes.NewReader(was), int64(len(was))); (err == nil) != (filepath.Ext(name) == ".xlsx") {
			t.Errorf("%s: %d bytes, %v", name, len(was), err)
		}
	}
}
