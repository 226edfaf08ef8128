package zendesk_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/zendesk/fake"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Texts of the help center are changed in their own language, what is around them at the
// record; a language or an article of a text stays, and nobody is mailed (P-72, P-80).
func TestP80_HelpArticlesAreChanged(t *testing.T) {
	h := newDesk(fake.Options{})
	h.AddAgent("Agent", agentMail(1))
	c := connect(t, h)
	guide := func(o model.Object, n int, fields map[string]any, links ...model.DraftLink) model.Draft {
		return model.Draft{Object: o, Mark: model.Mark(fmt.Sprintf("wb:p:%s:%d", o, n)), Fields: fields, Links: links}
	}
	cat := made(t, c, nil, guide(model.Category, 1, map[string]any{"name": "General", "locale": "en-us"}))[0].Key
	from := made(t, c, nil, guide(model.Section, 1, map[string]any{"name": "FAQ", "locale": "en-us"}, link("category_id", cat)))[0].Key
	to := made(t, c, nil, guide(model.Section, 2, map[string]any{"name": "How to", "locale": "en-us"}, link("category_id", cat)))[0].Key
	art := made(t, c, nil, guide(model.Article, 1, map[string]any{"title": "Reset", "body": "<p>Open</p>", "locale": "en-us", "draft": true}, link("section_id", from)))[0].Key
	tr := made(t, c, nil, guide(model.Translation, 1, map[string]any{"title": "Zurücksetzen", "body": "<p>Öffnen</p>", "locale": "de"}, link("source_id", art)))[0].Key
	change := func(k model.Key, fields map[string]any, links ...model.DraftLink) connector.Outcome {
		t.Helper()
		out, err := c.Update(t.Context(), []connector.Edit{{Key: k, Draft: model.Draft{Fields: fields, Links: links}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return out[0]
	}
	for k, x := range map[model.Key]struct {
		fields map[string]any
		links  []model.DraftLink
		want   []string
	}{
		cat:  {map[string]any{"name": "All", "description": "everything", "position": int64(7)}, nil, []string{`"name":"All"`, `"description":"everything"`, `"position":7`}},
		from: {map[string]any{"name": "Questions"}, nil, []string{`"name":"Questions"`}},
		art:  {map[string]any{"body": "<p>Close</p>", "promoted": true, "locale": "en-us"}, []model.DraftLink{link("section_id", to)}, []string{`Close`, `"promoted":true`, `"title":"Reset"`, `"section_id":` + to.ID, "wb:p:article:1"}},
		tr:   {map[string]any{"title": "Neu", "body": nil}, []model.DraftLink{link("source_id", art)}, []string{`"title":"Neu"`, `"body":""`, `"locale":"de"`}},
	} {
		o := change(k, x.fields, x.links...)
		r := read(t, c, k.Object)[k.ID]
		if o.State != connector.Updated || o.Version != r.Version {
			t.Errorf("%v: state %d, version %q, read as %q: %v", k, o.State, o.Version, r.Version, o.Err)
		}
		for _, want := range x.want {
			if !strings.Contains(string(r.Raw), want) {
				t.Errorf("%v lacks %s: %s", k, want, r.Raw)
			}
		}
	}
	refused := func(o connector.Outcome, code problem.Code, field string) {
		t.Helper()
		wantRefused(t, o, code, field)
	}
	refused(change(art, map[string]any{"locale": "fr"}), connector.CodeRefused, "locale")
	refused(change(tr, nil, link("source_id", model.Key{Object: model.Article, ID: "99"})), connector.CodeRefused, "source_id")
	refused(change(art, map[string]any{"title": " "}), connector.CodeRequired, "title")
	refused(change(art, map[string]any{"title": "Half of it"}, link("section_id", model.Key{Object: model.Section, ID: "99"})), connector.CodeNoRecord, "section_id")
	if raw := string(read(t, c, model.Article)[art.ID].Raw); strings.Contains(raw, "Half of it") {
		t.Errorf("half of a refused change was made: %s", raw)
	}
	if n := h.Mails(); n != 0 {
		t.Errorf("%d mails", n)
	}
}

// There is one translation of an article into a language: one whose answer was lost is found
// at once, and one that somebody else wrote is not taken for ours (P-67, invariant 8).
func TestP67_ALostTranslationIsFound(t *testing.T) {
	h := newDesk(fake.Options{})
	c := connect(t, h)
	cat := made(t, c, nil, model.Draft{Object: model.Category, Mark: "c1", Fields: map[string]any{"name": "General"}})[0].Key
	sec := made(t, c, nil, model.Draft{Object: model.Section, Mark: "s1", Fields: map[string]any{"name": "FAQ"}, Links: []model.DraftLink{link("category_id", cat)}})[0].Key
	art := made(t, c, nil, model.Draft{Object: model.Article, Mark: "a1", Fields: map[string]any{"title": "Reset", "body": "x"}, Links: []model.DraftLink{link("section_id", sec)}})[0].Key
	tr := func(title, locale string) model.Draft {
		return model.Draft{Object: model.Translation, Mark: model.Mark("t" + title), Fields: map[string]any{"title": title, "body": "y", "locale": locale}, Links: []model.DraftLink{link("source_id", art)}}
	}
	arrives := true
	deaf := connect(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			h.ServeHTTP(w, r)
			return
		}
		if arrives {
			h.ServeHTTP(httptest.NewRecorder(), r)
		}
		http.Error(w, "upstream", http.StatusBadGateway)
	}))
	if o := write(t, deaf, nil, tr("Ours", "de"))[0]; o.State != connector.Created || o.Key.ID == "" {
		t.Errorf("ours: %+v", o)
	}
	arrives = false
	if o := write(t, deaf, nil, tr("Other", "de"))[0]; o.State != connector.Existed {
		t.Errorf("somebody else's: %+v", o)
	}
	if o := write(t, deaf, nil, tr("Gone", "fr"))[0]; o.State != connector.Unknown || o.Err == nil {
		t.Errorf("nobody knows: %+v", o)
	}
}
