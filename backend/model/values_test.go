package model

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// records that a source may give: plain, nested, odd and damaged.
var records = []string{
	`{}`, ` { "a" : 1 } tail`, `{"a":1,"b":"x","c":true,"d":false,"e":null}`, `{"id":12345678901234567890123,"f":-0.50e+10,"g":1E5}`,
	`{"a":{"b":{"c":"deep"},"e":{}},"l":["x",1,true,null,"é"],"m":[],"o":[{"k":"<v>"},2]}`, `{"a":{"b":1},"a":{"c":2}}`, `{"a":1,"a":{"b":2}}`,
	`{"a":{"b":2},"a":1}`, `{"a.b":1,"a":{"b":2}}`, `{"":{"a":1}}`, `{"":1}`, `{"a":"\u003cp\u003e\n\t\"\\\/\b\f\r \ud83d\ude00"}`, `{"a":"\ud83d"}`,
	`{"a":"\ud83dx\ude00"}`, `{"a":"\ude00\ud83d"}`, `{"a":"\u12g4"}`, `{"a":"\x"}`, "{\"a\":\"\xff\"}", "{\"a\":\"\\n\xc3\"}", "{\"\xff\":1}", "{\"a\":\"\x01\"}", "{\"a\":\"x\ty\"}",
	`{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":.5}`, `{"a":1e}`, `{"a":1e+}`, `{"a":+1}`, `{"a":tru}`, `{"a":nulll}`, `{"a":[1,]}`, `{"a":[1 2]}`, `{"a":1,}`, `{,}`, `{"a"}`,
	`{"c":[{"id":1,"value":"x"},{"id":"k","value":["a","b"]},{"id":3,"value":null}]}`, `{"c":[{"id":1,"value":2}],"c.1":3}`, `{"c.1":3,"c":[{"id":1,"value":2},{"id":1,"value":4}]}`, `{"c":[{"id":1}]}`,
	`{"a":`, `{"a":"`, `{"a":"\`, `{"a":"\u`, `{`, ``, `[]`, `[1,"a"]`, `"text"`, `12`, `null`, `truex`, `{"a":[[1],{"b":[]}],"c":1}`, `{"a":[{"b":}]}`, `{"a":"\u0000\u2028"}`,
	strings.Repeat(`{"a":`, 60) + `1` + strings.Repeat(`}`, 60), `{"a":` + strings.Repeat(`[`, 60) + strings.Repeat(`]`, 60) + `}`,
}

// sameValues fails when a record is read in another way than encoding/json reads it.
func sameValues(t *testing.T, raw []byte) (quick bool) {
	t.Helper()
	want, err := slowValues(raw)
	got, quick := quickValues(raw)
	if quick && (err != nil || !reflect.DeepEqual(got, want)) {
		t.Errorf("%q\nquick %#v\nslow  %#v %v", raw, got, want, err)
	}
	got, err2 := Values(raw)
	if (err == nil) != (err2 == nil) || !reflect.DeepEqual(got, want) {
		t.Errorf("%q\ngot  %#v %v\nwant %#v %v", raw, got, err2, want, err)
	}
	samePicked(t, raw)
	return quick
}

// samePicked fails when fields are picked in another way than they are read together.
func samePicked(t *testing.T, raw []byte) {
	t.Helper()
	want, err := slowValues(raw)
	names := []string{"a", "a.b", "c", "c.1", "e", "", "not there"}
	for n := range want {
		if len(names) < 20 {
			names = append(names, n)
		}
	}
	p := NewPicker(names)
	cells := make([]Cell, p.Len())
	if err2 := p.Pick(raw, cells); (err == nil) != (err2 == nil) {
		t.Errorf("%q: picked %v, read %v", raw, err2, err)
	} else if err2 != nil {
		return
	}
	for _, n := range names {
		i, ok := p.Slot(n)
		if !ok {
			t.Fatalf("no slot for %q", n)
		}
		v, there := want[n]
		if (cells[i].Kind != NoCell) != there || !reflect.DeepEqual(cells[i].Value(), v) || cells[i].String() != Plain(v) {
			t.Errorf("%q: %q is picked as %#v, and read as %#v", raw, n, cells[i], v)
		}
	}
}

func TestValuesReadAsEncodingJSONReads(t *testing.T) {
	quick := 0
	for _, r := range records {
		if sameValues(t, []byte(r)) {
			quick++
		}
	}
	if quick < 10 {
		t.Errorf("only %d of %d records were read quickly", quick, len(records))
	}
	for _, r := range records[:5] {
		if _, ok := quickValues(json.RawMessage(r)); !ok {
			t.Errorf("an ordinary record was read slowly: %s", r)
		}
	}
}

// Zendesk and Redmine keep custom fields as a list of ids and values.
func TestFieldsByIDAndValue(t *testing.T) {
	v, err := Values([]byte(`{"custom_fields":[{"id":27642,"value":"745"},{"id":27648,"value":["a","b"]},{"id":5,"value":true}]}`))
	if err != nil || v["custom_fields.27642"] != "745" || Plain(v["custom_fields.27648"]) != "a, b" || v["custom_fields.5"] != true {
		t.Errorf("%v, %v", v, err)
	}
}

func FuzzValues(f *testing.F) {
	for _, r := range records {
		f.Add([]byte(r))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { sameValues(t, raw) })
}

// Two names that are one when written out: the same one wins each time (invariant 12).
func TestValuesOfEqualLongNamesAreSteady(t *testing.T) {
	for range 50 {
		v, err := Values([]byte(`{"z":1,"a":{"b":"nested"},"y":2,"a.b":"plain","x":3}`))
		if err != nil || v["a.b"] != "plain" {
			t.Fatalf("%v %v", v, err)
		}
	}
}

func BenchmarkValues(b *testing.B) {
	raw := []byte(`{"id":"m1","ticket":"t1","author":"c1","public":true,"body":"` + strings.Repeat(`\u003cp\u003eplease find the printer of our office does not answer since the update \u003c/p\u003e`, 20) + `","created_at":"2019-03-01T09:01:00Z"}`)
	for _, x := range []struct {
		name string
		read func(json.RawMessage) (map[string]any, error)
	}{{"quick", Values}, {"slow", slowValues}} {
		b.Run(x.name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if _, err := x.read(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
