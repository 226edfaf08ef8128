package project_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"strings"
	"testing"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/report"
)

// people look at records of every age in both desks; what they say stands in the report,
// and what is wrong keeps the manifest from being signed.
func TestSpots(t *testing.T) {
	ctx := context.Background()
	p, server := small(t)
	pl, _, err := p.Plan(ctx, load.Scope{Kind: model.RunFull}, job.New("plan"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.ChooseSpots(ctx, []string{"Rosa"}, 3, 0)
	told(t, err, "spot.nothing")
	if _, err := p.Run(ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Check(ctx, job.New("check")); err != nil {
		t.Fatal(err)
	}
	if err := p.SetPerson(ctx, model.Person{Name: "Rosa", Role: "Reviewer"}); err != nil {
		t.Fatal(err)
	}
	_, err = p.ChooseSpots(ctx, nil, 5, 0)
	told(t, err, "spot.nobody")
	_, err = p.ChooseSpots(ctx, []string{"Rosa"}, 0, 0)
	told(t, err, "spot.number")
	n, err := p.ChooseSpots(ctx, []string{"Rosa", "Tom"}, 3, 2)
	if err != nil || n != 3 {
		t.Fatal(n, err)
	}
	tasks, err := p.Spots(ctx)
	if err != nil || int64(len(tasks)) != n {
		t.Fatalf("%d of %d: %v", len(tasks), n, err)
	}
	again, err := p.ChooseSpots(ctx, []string{"Rosa", "Tom"}, 3, 2)
	if err != nil || again != n {
		t.Errorf("the same choice gave %d, then %d (%v)", n, again, err)
	}
	first := tasks[0]
	pair, err := p.SpotPair(ctx, first.Seq)
	if err != nil || pair.Differs() || len(pair.Fields) == 0 {
		t.Fatalf("a record that moved well: %+v %v", pair, err)
	}
	var shot bytes.Buffer
	if err := png.Encode(&shot, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	told(t, p.JudgeSpot(ctx, first.Seq, "perhaps", "", nil), "spot.verdict")
	told(t, p.JudgeSpot(ctx, first.Seq, "wrong", " ", nil), "spot.no_note")
	told(t, p.JudgeSpot(ctx, first.Seq, "right", strings.Repeat("x", 5000), nil), "spot.long_note")
	told(t, p.JudgeSpot(ctx, first.Seq, "right", "", []byte("GIF89a")), "spot.picture")
	told(t, p.JudgeSpot(ctx, 1<<40, "right", "", nil), "spot.unknown")
	if err := p.JudgeSpot(ctx, first.Seq, "right", "", shot.Bytes()); err != nil {
		t.Fatal(err)
	}
	if tasks, err = p.Spots(ctx); err != nil || tasks[0].Picture == "" {
		t.Fatalf("%+v %v", tasks[0], err)
	}
	if b, err := p.SpotPicture(tasks[0].Picture); err != nil || !bytes.Equal(b, shot.Bytes()) {
		t.Errorf("the screenshot is another one (%v)", err)
	}
	f, err := p.Facts(ctx)
	if err != nil || len(f.Spots.Rows) != 1 || f.Spots.Rows[0].Right != 1 || f.Spots.Open != n-1 || f.Verdict().Outcome != report.Balances {
		t.Errorf("%+v %v", f.Spots, err)
	}
	// The target changes under us: the pair says where, and the person's word counts.
	call(t, server, "PATCH", "/api/v1/tickets/"+first.Target, `{"subject":"Something else"}`)
	if pair, err = p.SpotPair(ctx, first.Seq); err != nil || !pair.Differs() {
		t.Errorf("a subject was changed: %+v %v", pair, err)
	}
	if err := p.JudgeSpot(ctx, first.Seq, "wrong", "The subject is another one.", nil); err != nil {
		t.Fatal(err)
	}
	if f, err = p.Facts(ctx); err != nil || f.Verdict().Outcome != report.OutOfLine || len(f.Spots.Wrong) != 1 {
		t.Errorf("%+v %v", f.Spots, err)
	}
	// What was judged stays when the list is made anew.
	if _, err := p.ChooseSpots(ctx, []string{"Mia"}, 3, 0); err != nil {
		t.Fatal(err)
	}
	if tasks, err = p.Spots(ctx); err != nil || len(tasks) != int(n) {
		t.Errorf("%d tasks (%v)", len(tasks), err)
	}
}
