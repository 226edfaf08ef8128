package wire_test

import (
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

type place struct {
	Version int    `json:"v"`
	After   string `json:"a,omitempty"`
}

func TestCursorsAreReadBack(t *testing.T) {
	x := place{Version: 1, After: "x"}
	got := place{Version: 1}
	if err := wire.ReadCursor(wire.CursorOf(x), &got); err != nil || got != x {
		t.Errorf("%+v, %v", got, err)
	}
	if err := wire.ReadCursor("", &got); err != nil || got != x {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []connector.Cursor{"{", "[]", `{"v":2}`, `{"v":"1x"}`, `{}`, "17"} {
		if err := wire.ReadCursor(bad, &place{}); problem.From(err) == nil || problem.From(err).Code != connector.CodeCursor {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestP11_ASecretMustBeThere(t *testing.T) {
	v := secret.Memory()
	f := connector.FormField{Name: "token", Title: "Access token"}
	if _, err := wire.Secret(v, "Desk", f); problem.From(err) == nil || problem.From(err).Code != connector.CodeSetting {
		t.Error(err)
	}
	if err := v.Put("token", "t"); err != nil {
		t.Fatal(err)
	}
	if s, err := wire.Secret(v, "Desk", f); err != nil || s.Reveal() != "t" {
		t.Error(err)
	}
}
