package transform_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/transform"
)

func options(values ...string) []model.Choice {
	out := make([]model.Choice, len(values))
	for i, v := range values {
		out[i] = model.Choice{Value: v, Title: strings.ToUpper(v[:1]) + v[1:]}
	}
	return out
}

var source = model.Schema{Objects: []model.ObjectSchema{
	{Object: model.Ticket, Title: "Tickets", Name: "subject", Fields: []model.Field{
		{Name: "id", Type: model.Text},
		{Name: "subject", Type: model.Text},
		{Name: "text", Type: model.LongText},
		{Name: "rich", Type: model.HTML},
		{Name: "status", Type: model.Option, Empty: []string{"?", "N/A"}},
		{Name: "opened", Type: model.DateTime, Format: "DD-MM-YYYY HH:mm", Zone: "Europe/Berlin"},
		{Name: "day", Type: model.Date, Format: "DD.MM.YYYY", Zone: "Europe/Berlin"},
		{Name: "labels", Type: model.Tags, Separator: ","},
		{Name: "amount", Type: model.Number},
		{Name: "vip", Type: model.Bool},
		{Name: "mail", Type: model.Email},
		{Name: "requester_id", Type: model.LinkType, To: []model.Object{model.Contact}},
		{Name: "extra.colour", Type: model.Text},
	}},
	{Object: model.Message, Title: "Messages", Fields: []model.Field{
		{Name: "id", Type: model.Text},
		{Name: "body", Type: model.HTML},
		{Name: "public", Type: model.Bool},
		{Name: "ticket_id", Type: model.LinkType, To: []model.Object{model.Ticket}},
	}},
}}

var target = model.Schema{Objects: []model.ObjectSchema{
	{Object: model.Ticket, Title: "Tickets", Name: "subject", Fields: []model.Field{
		{Name: "id", Type: model.Text, ReadOnly: true},
		{Name: "subject", Title: "Subject", Type: model.Text, Required: true, MaxLength: 20},
		{Name: "description", Title: "Description", Type: model.LongText},
		{Name: "page", Title: "Page", Type: model.HTML},
		{Name: "status", Title: "Status", Type: model.Option, Options: options("new", "open", "pending", "solved"), Default: "new"},
		{Name: "several", Title: "Several", Type: model.Options, Options: options("red", "green", "blue")},
		{Name: "created_at", Title: "Created", Type: model.DateTime},
		{Name: "due", Title: "Due", Type: model.Date},
		{Name: "tags", Title: "Tags", Type: model.Tags},
		{Name: "amount", Title: "Amount", Type: model.Number},
		{Name: "count", Title: "Count", Type: model.Integer},
		{Name: "vip", Title: "VIP", Type: model.Bool},
		{Name: "mail", Title: "E-mail", Type: model.Email},
		{Name: "requester", Title: "Customer", Type: model.LinkType, To: []model.Object{model.Contact}},
	}},
	{Object: model.Message, Title: "Messages", Fields: []model.Field{
		{Name: "body", Title: "Text", Type: model.HTML, Required: true},
		{Name: "public", Title: "Public", Type: model.Bool, Default: "true", Private: true, PrivateValue: "false"},
		{Name: "ticket", Title: "Ticket", Type: model.LinkType, To: []model.Object{model.Ticket}, Required: true, Parent: true},
	}},
}}

// one compiles a mapping of tickets with the subject fixed and one rule more.
func one(t testing.TB, f mapping.FieldMap) *transform.Program {
	t.Helper()
	m := mapping.ObjectMap{Source: model.Ticket, Target: model.Ticket, Fields: []mapping.FieldMap{f}}
	if f.Target != "subject" {
		m.Fields = append(m.Fields, mapping.FieldMap{Target: "subject", Rule: mapping.Fixed, Fixed: "x"})
	}
	p, problems := transform.Compile(mapping.Version{Objects: []mapping.ObjectMap{m}}, source, target)
	for _, x := range problems {
		t.Fatal(x)
	}
	return p
}

func record(raw string, links ...model.Link) model.Record {
	return model.Record{Key: model.Key{Object: model.Ticket, ID: "7"}, Raw: json.RawMessage(raw), Links: links}
}

func TestApply(t *testing.T) {
	cp := func(target, source string) mapping.FieldMap {
		return mapping.FieldMap{Target: target, Rule: mapping.Copy, Sources: []string{source}}
	}
	with := func(f mapping.FieldMap, change func(*mapping.FieldMap)) mapping.FieldMap { change(&f); return f }
	list := mapping.FieldMap{Target: "status", Rule: mapping.Values, Sources: []string{"status"}, Values: []mapping.ValuePair{
		{From: "Offen", To: "open", Decided: true},
		{From: "offen!", To: "open"},
		{From: "weg", To: "", Decided: true},
		{From: "NEU", To: "new", Decided: true},
		{From: "Neu", To: "open", Decided: true},
	}}
	moment := func(s string) time.Time {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	tests := []struct {
		name string
		rule mapping.FieldMap
		raw  string
		want any          // nil: the field stays empty
		code problem.Code // the record is held
	}{
		{"text", cp("subject", "subject"), `{"subject":"Hello"}`, "Hello", ""},
		{"text keeps odd signs", cp("subject", "subject"), `{"subject":"<b>~#%&;=1+1 👍"}`, "<b>~#%&;=1+1 👍", ""},
		{"line breaks in one line", cp("subject", "subject"), `{"subject":"a\r\nb"}`, "a b", ""},
		{"too long", cp("subject", "subject"), `{"subject":"123456789012345678901"}`, nil, transform.CodeTooLong},
		{"as long as allowed, in characters", cp("subject", "subject"), `{"subject":"ääääääääääääääääääää"}`, "ääääääääääääääääääää", ""},
		{"required and empty", cp("subject", "subject"), `{"subject":"  "}`, nil, transform.CodeRequired},
		{"required and absent", cp("subject", "subject"), `{}`, nil, transform.CodeRequired},
		{"empty, another value", with(cp("subject", "subject"), func(f *mapping.FieldMap) { f.IfEmpty, f.EmptyValue = "use", "(none)" }), `{}`, "(none)", ""},
		{"empty, hold", with(cp("description", "text"), func(f *mapping.FieldMap) { f.IfEmpty = "hold" }), `{}`, nil, transform.CodeEmpty},
		{"empty, leave", with(cp("description", "text"), func(f *mapping.FieldMap) { f.IfEmpty = "leave" }), `{}`, nil, ""},
		{"nested", cp("description", "extra.colour"), `{"extra":{"colour":"red"}}`, "red", ""},
		{"text into rich text", cp("page", "text"), `{"text":"a<b\n&c"}`, "a&lt;b<br>&amp;c", ""},
		{"rich text into text", cp("description", "rich"), `{"rich":"<p>Hello <b>you</b></p><p>1 &lt; 2</p>"}`, "Hello *you*\n\n1 < 2", ""},
		{"rich text loses what acts", cp("page", "rich"), `{"rich":"<p onclick=\"x()\">a<script>alert(1)</script><img src=\"cid:abc\"></p>"}`, `<p>a<img src="cid:abc"></p>`, ""},
		{"rich text that shows nothing", cp("page", "rich"), `{"rich":"<script>alert(1)</script><p>&nbsp;</p>"}`, nil, ""},
		{"option by title", cp("status", "status"), `{"status":" Open "}`, "open", ""},
		{"option unknown", cp("status", "status"), `{"status":"opne"}`, nil, transform.CodeUnknown},
		{"option unknown, leave", with(cp("status", "status"), func(f *mapping.FieldMap) { f.IfUnknown = "leave" }), `{"status":"opne"}`, nil, ""},
		{"option unknown, another value", with(cp("status", "status"), func(f *mapping.FieldMap) { f.IfUnknown, f.UnknownValue = "use", "open" }), `{"status":"opne"}`, "open", ""},
		{"a word for nothing", cp("status", "status"), `{"status":"n/a"}`, nil, ""},
		{"value list", list, `{"status":"Offen"}`, "open", ""},
		{"value list without case", list, `{"status":" OFFEN "}`, "open", ""},
		{"value list, exact before case", list, `{"status":"Neu"}`, "open", ""},
		{"value list, case twins disagree", list, `{"status":"neu"}`, nil, transform.CodeUndecided},
		{"value list, undecided", list, `{"status":"offen!"}`, nil, transform.CodeUndecided},
		{"value list, undecided is held whatever the rule says", with(list, func(f *mapping.FieldMap) { f.IfUnknown = "leave" }), `{"status":"offen!"}`, nil, transform.CodeUndecided},
		{"value list, cleared", list, `{"status":"weg"}`, nil, ""},
		{"value list, unknown", list, `{"status":"xyz"}`, nil, transform.CodeUnknown},
		{"several options", cp("several", "labels"), `{"labels":"Red, blue,red"}`, []string{"red", "blue"}, ""},
		{"several options, one unknown", cp("several", "labels"), `{"labels":["red","pink"]}`, nil, transform.CodeUnknown},
		{"tags with embedded commas", cp("tags", "labels"), `{"labels":"a,\"b, c\",d"}`, []string{"a", "b, c", "d"}, ""},
		{"tags from a list", cp("tags", "labels"), `{"labels":["a","b, c"]}`, []string{"a", "b, c"}, ""},
		{"several into one", cp("status", "labels"), `{"labels":["new","open"]}`, nil, transform.CodeSeveralValues},
		{"moment", cp("created_at", "opened"), `{"opened":"29-02-2016 01:16"}`, moment("2016-02-29T00:16:00Z"), ""},
		{"moment that does not fit", cp("created_at", "opened"), `{"opened":"02/29/2016"}`, nil, transform.CodeDate},
		{"day as moment, in its zone", cp("created_at", "day"), `{"day":"29.02.2016"}`, moment("2016-02-28T23:00:00Z"), ""},
		{"day", cp("due", "day"), `{"day":"29.02.2016"}`, model.Day("2016-02-29"), ""},
		{"moment as day, in its zone", cp("due", "opened"), `{"opened":"29-02-2016 00:16"}`, model.Day("2016-02-29"), ""},
		{"whole number", cp("count", "amount"), `{"amount":12}`, int64(12), ""},
		{"whole number with point", cp("count", "amount"), `{"amount":"12.0"}`, int64(12), ""},
		{"not whole", cp("count", "amount"), `{"amount":12.5}`, nil, transform.CodeNumber},
		{"number", cp("amount", "amount"), `{"amount":12.5}`, 12.5, ""},
		{"precise number", cp("amount", "amount"), `{"amount":0.12345678901234567890}`, "0.1234567890123456789", ""},
		{"20 digits", cp("count", "amount"), `{"amount":12345678901234567890}`, "12345678901234567890", ""},
		{"number with comma", cp("amount", "amount"), `{"amount":"12,5"}`, nil, transform.CodeNumber},
		{"absurd exponent", cp("amount", "amount"), `{"amount":1e999999999}`, nil, transform.CodeNumber},
		{"yes", cp("vip", "vip"), `{"vip":"ja"}`, true, ""},
		{"true", cp("vip", "vip"), `{"vip":true}`, true, ""},
		{"zero", cp("vip", "vip"), `{"vip":0}`, false, ""},
		{"perhaps", cp("vip", "vip"), `{"vip":"perhaps"}`, nil, transform.CodeBool},
		{"address", cp("mail", "mail"), `{"mail":" ada@example.org "}`, "ada@example.org", ""},
		{"no address", cp("mail", "mail"), `{"mail":"ada at example.org"}`, nil, transform.CodeEmail},
		{"join", mapping.FieldMap{Target: "subject", Rule: mapping.Join, Sources: []string{"subject", "status", "mail"}, Separator: " / "}, `{"subject":"a","status":"?","mail":"b"}`, "a / b", ""},
		{"fixed", mapping.FieldMap{Target: "status", Rule: mapping.Fixed, Fixed: "open"}, `{}`, "open", ""},
		{"formula", mapping.FieldMap{Target: "subject", Rule: mapping.Formula, Formula: `UPPER([subject])&YEAR([opened])`}, `{"subject":"a","opened":"29-02-2016 01:16"}`, "A2016", ""},
		{"formula gives a date", mapping.FieldMap{Target: "created_at", Rule: mapping.Formula, Formula: `DATEVALUE([subject],"DD.MM.YYYY")+1`}, `{"subject":"28.02.2016"}`, moment("2016-02-29T00:00:00Z"), ""},
		{"formula gives a number", mapping.FieldMap{Target: "count", Rule: mapping.Formula, Formula: `LEN([subject])`}, `{"subject":"abc"}`, int64(3), ""},
		{"formula gives true", mapping.FieldMap{Target: "vip", Rule: mapping.Formula, Formula: `[amount]>10`}, `{"amount":"11"}`, true, ""},
		{"formula fails", mapping.FieldMap{Target: "subject", Rule: mapping.Formula, Formula: `1/[amount]`}, `{"amount":0}`, nil, transform.CodeFormula},
		{"formula gives nothing", mapping.FieldMap{Target: "description", Rule: mapping.Formula, Formula: `TRIM([subject])`}, `{"subject":" "}`, nil, ""},
		{"not an object", cp("subject", "subject"), `[1,2]`, nil, transform.CodeRequired},
		{"not JSON", cp("subject", "subject"), `{"subject":`, nil, transform.CodeUnreadable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, problems := one(t, tt.rule).Apply(record(tt.raw))
			if tt.code != "" {
				if len(problems) != 1 || problems[0].Code != tt.code {
					t.Fatalf("got %v, want %s", problems, tt.code)
				}
				p := problems[0]
				if p.Where.Object != "ticket" || p.Where.Record != "7" || p.What == "" || p.Why == "" || p.Next == "" {
					t.Errorf("the problem is not complete: %+v", p)
				}
				if v := p.Where.Value; len(v) > 3 && (strings.Contains(p.What, v) || strings.Contains(p.Why, v)) {
					t.Errorf("its text contains the value, so it cannot be grouped: %s", p.What)
				}
				return
			}
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if got := d.Fields[tt.rule.Target]; !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
			if d.Mark != "" || d.Object != model.Ticket || d.Source.ID != "7" {
				t.Errorf("draft %+v", d)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	p := one(t, mapping.FieldMap{Target: "requester", Rule: mapping.Copy, Sources: []string{"requester_id"}, IfUnknown: model.OtherwiseUse, UnknownValue: "9"})
	link := model.Link{Role: "requester_id", To: []model.Ref{{Object: model.Contact, By: "email", Value: "a@b.de"}, {Object: model.Contact, Value: "5"}}}
	d, problems := p.Apply(record(`{"requester_id":"5"}`, link))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := []model.DraftLink{{Field: "requester", To: link.To, IfUnknown: model.OtherwiseUse, Instead: "9"}}
	if !reflect.DeepEqual(d.Links, want) {
		t.Errorf("got %+v, want %+v", d.Links, want)
	}
	d, _ = p.Apply(record(`{"requester_id":"5"}`))
	if len(d.Links) != 1 || d.Links[0].To[0] != (model.Ref{Object: model.Contact, Value: "5"}) {
		t.Errorf("without a link the value itself counts: %+v", d.Links)
	}
	if d, _ = p.Apply(record(`{}`)); len(d.Links) != 0 {
		t.Errorf("got %+v, want none", d.Links)
	}
}

func TestPrivateNotes(t *testing.T) {
	visible := func(f mapping.FieldMap) *transform.Program {
		f.Target = "public"
		p, problems := transform.Compile(mapping.Version{Objects: []mapping.ObjectMap{{Source: model.Message, Target: model.Message, Fields: []mapping.FieldMap{
			{Target: "body", Rule: mapping.Copy, Sources: []string{"body"}},
			{Target: "ticket", Rule: mapping.Copy, Sources: []string{"ticket_id"}},
			f,
		}}}}, source, target)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return p
	}
	cp := mapping.FieldMap{Rule: mapping.Copy, Sources: []string{"public"}}
	words := mapping.FieldMap{Rule: mapping.Values, Sources: []string{"public"}, Values: []mapping.ValuePair{
		{From: "sure", To: "true", Decided: true}, {From: "false", To: "true", Decided: true}, {From: "true", To: "true", Decided: true},
	}}
	tests := []struct {
		name string
		rule mapping.FieldMap
		says string
		want any // nil: held
	}{
		{"public", cp, `true`, true},
		{"private", cp, `false`, false},
		{"absent", cp, `null`, nil},
		{"unclear", cp, `"perhaps"`, nil},
		{"left out, the target's default would be public", mapping.FieldMap{Rule: mapping.LeaveOut}, `false`, nil},
		{"always public, a private note", mapping.FieldMap{Rule: mapping.Fixed, Fixed: "true"}, `false`, nil},
		{"always public, a public message", mapping.FieldMap{Rule: mapping.Fixed, Fixed: "true"}, `true`, true},
		{"always private", mapping.FieldMap{Rule: mapping.Fixed, Fixed: "false"}, `true`, false},
		{"unclear is private, by the rule", mapping.FieldMap{Rule: mapping.Copy, Sources: []string{"public"}, IfUnknown: "use", UnknownValue: "false"}, `"perhaps"`, false},
		{"unclear is public, by the rule", mapping.FieldMap{Rule: mapping.Copy, Sources: []string{"public"}, IfUnknown: "use", UnknownValue: "true"}, `"perhaps"`, nil},
		{"a word that a person decided", words, `"sure"`, true},
		{"a private note that a person declared public", words, `false`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := model.Record{Key: model.Key{Object: model.Message, ID: "1"}, Raw: json.RawMessage(`{"body":"<p>hi</p>","ticket_id":"4","public":` + tt.says + `}`)}
			d, problems := visible(tt.rule).Apply(r)
			if tt.want == nil {
				if len(problems) == 0 {
					t.Fatalf("not held: %+v", d)
				}
				return
			}
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if d.Fields["public"] != tt.want || d.Thread != "4" {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestBrokenRulesHold(t *testing.T) {
	v := mapping.Version{Objects: []mapping.ObjectMap{{Source: model.Ticket, Target: model.Ticket, Fields: []mapping.FieldMap{
		{Target: "subject", Rule: mapping.Copy, Sources: []string{"subject"}},
		{Target: "nowhere", Rule: mapping.Copy, Sources: []string{"subject"}},
		{Target: "description", Rule: mapping.Formula, Formula: `LEFT(`},
		{Target: "status", Rule: mapping.Copy, Sources: []string{"gone"}},
	}}}}
	p, problems := transform.Compile(v, source, target)
	if len(problems) != 3 {
		t.Fatalf("got %v", problems)
	}
	_, held := p.Apply(record(`{"subject":"a"}`))
	if len(held) != 3 {
		t.Errorf("got %v, want three rules that hold", held)
	}
	if _, held = p.Apply(model.Record{Key: model.Key{Object: "widget", ID: "1"}, Raw: json.RawMessage(`{}`)}); len(held) != 1 || held[0].Code != transform.CodeNotMapped {
		t.Errorf("got %v", held)
	}
}

func TestExplain(t *testing.T) {
	p := one(t, mapping.FieldMap{Target: "status", Rule: mapping.Copy, Sources: []string{"status"}, IfEmpty: "leave", IfUnknown: "hold"})
	e := p.Explain(record(`{"status":"Open"}`), "status")
	if e.Result != "open" || len(e.Sources) != 1 || e.Sources[0].Value != "Open" || !strings.HasPrefix(e.Rule, "Copied from [status].") || e.Problem != nil {
		t.Errorf("got %+v", e)
	}
	if e = p.Explain(record(`{"status":"huh"}`), "status"); e.Problem == nil || e.Problem.Where.Value != "huh" {
		t.Errorf("got %+v", e)
	}
	if e = p.Explain(record(`{}`), "status"); !e.Empty || e.Problem != nil {
		t.Errorf("got %+v", e)
	}
}

// TestAnyRecord: whatever a source gives, Apply neither panics nor gives two answers.
func TestAnyRecord(t *testing.T) {
	v := mapping.Suggest(source, target, nil)
	p, _ := transform.Compile(v, source, target)
	scalar := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Float64(), func(f float64) any { return f }), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.SampledFrom([]string{"29-02-2016 01:16", "Open", "a@b.de", "<p>x", "1e99", "?", "true", `a,"b`}), func(s string) any { return s }),
	)
	value := rapid.OneOf(scalar, rapid.Map(rapid.SliceOfN(scalar, 0, 3), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(rapid.String(), scalar, 0, 3), func(m map[string]any) any { return m }))
	names := []string{"odd"}
	for _, o := range source.Objects {
		for _, f := range o.Fields {
			names = append(names, f.Name)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		raw, err := json.Marshal(rapid.MapOfN(rapid.SampledFrom(names), value, 0, 10).Draw(t, "record"))
		if err != nil {
			t.Skip("a number that JSON cannot hold")
		}
		r := model.Record{Key: model.Key{Object: rapid.SampledFrom([]model.Object{model.Ticket, model.Message}).Draw(t, "object"), ID: "1"}, Raw: raw}
		d1, p1 := p.Apply(r)
		d2, p2 := p.Apply(r)
		if !reflect.DeepEqual(d1, d2) || fmt.Sprint(p1) != fmt.Sprint(p2) {
			t.Fatalf("two answers for %s", raw)
		}
		for _, x := range p1 {
			if x.What == "" || x.Why == "" || x.Next == "" {
				t.Fatalf("an incomplete problem: %+v", x)
			}
		}
	})
}

func FuzzApply(f *testing.F) {
	p, _ := transform.Compile(mapping.Suggest(source, target, nil), source, target)
	f.Add([]byte(`{"subject":"a","labels":"a,\"b","opened":"29-02-2016 01:16","rich":"<p>x"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, o := range []model.Object{model.Ticket, model.Message} {
			d, problems := p.Apply(model.Record{Key: model.Key{Object: o, ID: "1"}, Raw: raw})
			if len(problems) == 0 && len(d.Fields) == 0 {
				t.Fatalf("%q gives an empty draft and no reason", raw)
			}
		}
	})
}

func BenchmarkTickets(b *testing.B) {
	p, _ := transform.Compile(mapping.Suggest(source, target, nil), source, target)
	r := record(`{"id":"1","subject":"Printer on fire","text":"It burns.","status":"Open","opened":"29-02-2016 01:16","day":"01.03.2016","labels":"a,b","amount":12.5,"vip":"yes","mail":"ada@example.org","requester_id":"5"}`)
	b.ReportAllocs()
	for b.Loop() {
		p.Apply(r)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rec/s")
}

func BenchmarkMessages(b *testing.B) {
	p, _ := transform.Compile(mapping.Suggest(source, target, nil), source, target)
	body, err := json.Marshal(strings.Repeat(`<p style="color:red">Hello <b>you</b>, <a href="https://example.org">look</a><br>here.</p>`, 20))
	if err != nil {
		b.Fatal(err)
	}
	r := model.Record{Key: model.Key{Object: model.Message, ID: "1"}, Raw: json.RawMessage(`{"id":"1","ticket_id":"4","public":true,"body":` + string(body) + `}`)}
	b.ReportAllocs()
	for b.Loop() {
		p.Apply(r)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rec/s")
}

// TestPrivateByItsWords: no name gives the field away, only the mapping says which one tells.
func TestPrivateByItsWords(t *testing.T) {
	src := model.Schema{Objects: []model.ObjectSchema{{Object: model.Message, Fields: []model.Field{
		{Name: "body", Type: model.HTML}, {Name: "kind", Type: model.Option}, {Name: "t", Type: model.LinkType, To: []model.Object{model.Ticket}},
	}}}}
	list := mapping.FieldMap{Target: "public", Rule: mapping.Values, Sources: []string{"kind"}, Values: []mapping.ValuePair{
		{From: "public", To: "true", Decided: true}, {From: "internal", To: "true", Decided: true}, {From: "B", To: "true", Decided: true},
	}}
	p, problems := transform.Compile(mapping.Version{Objects: []mapping.ObjectMap{{Source: model.Message, Target: model.Message, Fields: []mapping.FieldMap{
		{Target: "body", Rule: mapping.Copy, Sources: []string{"body"}}, {Target: "ticket", Rule: mapping.Copy, Sources: []string{"t"}}, list,
	}}}}, src, target)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for kind, moved := range map[string]bool{"public": true, "B": true, "internal": false, "C": false, "": false} {
		r := model.Record{Key: model.Key{Object: model.Message, ID: "1"}, Raw: json.RawMessage(`{"body":"x","t":"4","kind":"` + kind + `"}`)}
		if _, held := p.Apply(r); (len(held) == 0) != moved {
			t.Errorf("%q: held %v, want moved %v", kind, held, moved)
		}
	}
}
