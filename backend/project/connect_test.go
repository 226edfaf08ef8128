package project_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/secret"
	"waybill/backend/store"
)

func TestP12_TheAddressIsTidiedAndWhatIsMissingIsNamed(t *testing.T) {
	d := &paper{}
	p := paperProject(t, d, "zendesk")
	for name, x := range map[string]struct {
		settings map[string]string
		field    string
	}{
		"nothing":              {map[string]string{}, "address"},
		"no token":             {map[string]string{"address": "a"}, "token"},
		"no client for oauth":  {map[string]string{"address": "a", "auth": "oauth", "token": "right"}, "client"},
		"an address with gaps": {map[string]string{"address": "a b", "token": "right"}, "address"},
		"a wrong token":        {map[string]string{"address": "a", "token": "wrong"}, "token"},
	} {
		_, err := p.Connect(t.Context(), project.Source, "zendesk", x.settings)
		if got := problem.From(err); err == nil || got.Where.Field != x.field || got.Next == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, err := p.Connect(t.Context(), project.Source, "zendesk", map[string]string{"address": " acme.example/ ", "token": " right ", "client": "left over"}); err != nil {
		t.Fatal(err)
	}
	c, _, err := p.Connection(t.Context(), project.Source)
	if err != nil || c.Settings["address"] != "https://acme.example" || c.Settings["token"] != "" || c.Settings["client"] != "" {
		t.Errorf("kept: %+v %v", c, err)
	}
}

func TestP16_AKeptTokenGoesToNoOtherAddress(t *testing.T) {
	d := &paper{}
	p := paperProject(t, d, "zendesk")
	connectPaper(t, p, project.Source, "zendesk")
	if _, err := p.Connect(t.Context(), project.Source, "zendesk", map[string]string{"address": "acme.example"}); err != nil {
		t.Error("the same desk does not need the token again:", err)
	}
	d.opened = nil
	if _, err := p.Connect(t.Context(), project.Source, "zendesk", map[string]string{"address": "evil.example"}); !problem.Is(err, "desk.setting_missing") {
		t.Errorf("another address without a token: %v", err)
	}
	if _, err := p.Connect(t.Context(), project.Source, "zendesk", map[string]string{"address": "evil.example", "auth": "oauth", "client": "c"}); err != nil {
		t.Error(err)
	}
	if !slices.Equal(d.opened, []string{"https://evil.example none"}) {
		t.Errorf("what the other address saw: %q", d.opened)
	}
}

func TestAConnectionThatFailsLeavesTheOneThatWorked(t *testing.T) {
	d := &paper{}
	p := paperProject(t, d, "zendesk")
	connectPaper(t, p, project.Source, "zendesk")
	if _, err := p.Connect(t.Context(), project.Source, "zendesk", map[string]string{"address": "other.example", "token": "wrong"}); err == nil {
		t.Fatal("a wrong token was taken")
	}
	if _, err := p.Desk(t.Context(), project.Source); err != nil {
		t.Errorf("the connection that worked is broken: %v", err)
	}
}

func TestP10_WhatThePlanDoesNotCoverIsNotedAndTheRestIsCounted(t *testing.T) {
	d := &paper{
		counts:  map[model.Object]int64{model.Contact: 1200, model.Ticket: 6000},
		refuse:  map[model.Object]error{model.Attachment: connector.Forbidden(errors.New("403"), "The paper desk", "plan")},
		account: connector.Account{Name: "acme", As: "Anna", Plan: "Growth", Missing: []string{"read attachments"}, PerMinute: 300},
	}
	p := paperProject(t, d, "zendesk")
	connectPaper(t, p, project.Source, "zendesk")
	s, err := p.Survey(t.Context(), project.Source, job.New("test"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Objects) != 3 || s.Objects[0].Count != 1200 || !s.Objects[0].Exact || s.Objects[1].Exact || s.Objects[2].Problem == nil || s.Objects[2].Problem.Code != connector.CodeForbidden {
		t.Fatalf("counted: %+v", s.Objects)
	}
	// 12 pages of contacts and a request for each ticket: twenty minutes at 300 a minute, or what slow answers take.
	if s.RequestsLow != 6012 || s.RequestsHigh != 7212 || s.PerMinute != 300 || s.LowS != 1203 || s.HighS != 2164 {
		t.Errorf("cost: %+v", s)
	}
	if s.Objects[1].Unknown || len(s.Unreckoned) != 0 {
		t.Errorf("unknown: %+v", s)
	}
	kept, err := p.LastSurvey(t.Context(), project.Source)
	if err != nil || kept.At != s.At || len(kept.Objects) != 3 || kept.Account.Plan != "Growth" {
		t.Errorf("kept: %+v %v", kept, err)
	}
	connectPaper(t, p, project.Source, "zendesk")
	if kept, err = p.LastSurvey(t.Context(), project.Source); err != nil || kept.At != "" {
		t.Errorf("a new connection shows the old count: %+v %v", kept, err)
	}
	d.refuse[model.Contact] = connector.Unauthorized(errors.New("401"), "The paper desk")
	if _, err := p.Survey(t.Context(), project.Source, job.New("test")); !problem.Is(err, connector.CodeUnauthorized) {
		t.Errorf("a revoked token: %v", err)
	}
}

func TestP18_WhatTheDeskDoesNotCountIsNotCalledNothing(t *testing.T) {
	d := &paper{counts: map[model.Object]int64{model.Contact: 10}} // tickets are never counted exactly by this desk
	p := paperProject(t, d, "zendesk")
	connectPaper(t, p, project.Source, "zendesk")
	s, err := p.Survey(t.Context(), project.Source, job.New("test"))
	if err != nil || !s.Objects[1].Unknown || s.Objects[0].Unknown || !slices.Equal(s.Unreckoned, []string{"Tickets"}) {
		t.Errorf("%+v %v", s, err)
	}
}

func TestARefusedSignInNamesTheFieldOfItsKey(t *testing.T) {
	d := &paper{token: "right"}
	k := d.kind("zendesk")
	k.Form[2].Name = "api_key" // desks call their keys by different names
	k.Open = func(context.Context, map[string]string, secret.Vault, http.RoundTripper) (connector.Connector, error) {
		return nil, connector.Unauthorized(errors.New("401"), "The paper desk")
	}
	p, err := project.Create(t.Context(), filepath.Join(t.TempDir(), "p.waybill"), project.Info{Name: "Paper"}, project.Env{Kinds: []connector.Kind{k}, Vault: secret.Memory()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	_, err = p.Connect(t.Context(), project.Source, "zendesk", map[string]string{"address": "a", "api_key": "wrong"})
	if got := problem.From(err); got.Code != connector.CodeUnauthorized || got.Where.Field != "api_key" {
		t.Errorf("%+v", got)
	}
}

// TestAnotherAccountIsRefusedOnceRecordsMoved: a desk with one address for all is told apart
// by the account that a token belongs to.
func TestAnotherAccountIsRefusedOnceRecordsMoved(t *testing.T) {
	d := &paper{account: connector.Account{Name: "acme"}}
	p := paperProject(t, d, "zendesk")
	connectPaper(t, p, project.Target, "zendesk")
	d.account.Name = "other"
	if _, err := p.Connect(t.Context(), project.Target, "zendesk", map[string]string{"address": "acme.example", "token": "right"}); err != nil {
		t.Fatal("nothing has moved, and it says", err)
	}
	err := p.DB().Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.BeginReading(model.Contact); err != nil {
			return err
		}
		_, err := tx.ExecContext(t.Context(), `INSERT INTO tally VALUES (1, ?, 1) ON CONFLICT (object, fate) DO UPDATE SET n = 1`, int(model.Moved))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.account.Name = "third"
	if _, err := p.Connect(t.Context(), project.Target, "zendesk", map[string]string{"address": "acme.example", "token": "right"}); !problem.Is(err, "desk.other_account") {
		t.Errorf("records have moved with another account: %v", err)
	}
	d.account.Name = "other"
	if _, err := p.Connect(t.Context(), project.Target, "zendesk", map[string]string{"address": "acme.example", "token": "right"}); err != nil {
		t.Error("the same account is refused:", err)
	}
}
