package versions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Spot names a rule: its map and its target field.
type Spot struct {
	Source, Branch model.Object
	Field          string
}

// Read is what a folder's text says.
type Read struct {
	mapping.Version
	Identity
	// Number and Hash of the version that the text was made from.
	Number int
	Hash   string
	// Places are where rules stand.
	Places map[Spot]problem.Place
}

const (
	mostFiles = 2_000
	mostBytes = 64 << 20
)

// Parse reads the text of a version: all of it, or nothing and every mistake with its file and line.
func Parse(files map[string][]byte) (Read, []*problem.Problem) {
	out := Read{Places: map[Spot]problem.Place{}}
	head, ok := files[versionFile]
	if !ok {
		return out, []*problem.Problem{problem.New(CodeMissing, "This folder holds no mapping of Waybill.", "The file "+versionFile+" is missing, which says where it belongs.", "Choose the folder that Waybill wrote.")}
	}
	p := &parser{Read: &out}
	size := len(head)
	for _, b := range files {
		size += len(b)
	}
	if len(files) > mostFiles || size > mostBytes {
		return out, []*problem.Problem{problem.New(CodeTooLarge, "This folder is far larger than a mapping.", "Nothing was read from it.", "Choose the folder that Waybill wrote.")}
	}
	p.file(versionFile, head, p.versionLine)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch {
		case name == versionFile || !isOurs(name):
		case name == peopleFile:
			p.file(name, files[name], p.peopleLine)
		default:
			p.at = at{}
			p.file(name, files[name], p.objectLine)
		}
	}
	if len(p.found) > 0 {
		return Read{}, p.found
	}
	return out, nil
}

type parser struct {
	*Read
	found []*problem.Problem
	name  string
	line  int64
	at    at
	// seen are the keys of the block, so that none is stated twice.
	seen map[string]bool
}

// at is where in an object's file the parser is.
type at struct {
	m, f   int // from 1
	values bool
}

// file reads a file line by line.
func (p *parser) file(name string, b []byte, each func(indent int, text string)) {
	p.name, p.line, p.seen = name, 0, map[string]bool{}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) // an editor's mark
	first := true
	for raw := range bytes.Lines(b) {
		p.line++
		text := strings.TrimRight(string(raw), "\r\n \t")
		if first && text != "" {
			first = false
			if strings.HasPrefix(text, "# Waybill mapping, format ") && !strings.HasPrefix(text, banner) {
				p.wrong(text, "This file was made by another version of Waybill.", "Take the versions over with the program that wrote them, or write the folder again.")
				return
			}
		}
		trimmed := strings.TrimLeft(text, " \t")
		if trimmed == "" || trimmed[0] == '#' {
			continue
		}
		if strings.HasPrefix(trimmed, "<<<<<<<") || strings.HasPrefix(trimmed, ">>>>>>>") || trimmed == "=======" {
			p.wrong(trimmed, "Git left a conflict here that nobody settled.", "Choose one of the two sides, and remove the lines that Git put in.")
			return
		}
		each(len(text)-len(trimmed), trimmed)
	}
}

func (p *parser) wrong(value, what, next string) {
	if len(value) > 120 {
		value = strings.ToValidUTF8(value[:120], "") + "…"
	}
	p.found = append(p.found, problem.New(CodeText, what, "Nothing is taken from the folder while there are mistakes.", next).At(problem.Place{File: p.name, Line: p.line, Value: value}))
}

// pair cuts "key: value".
func (p *parser) pair(text string) (key string, value json.RawMessage, ok bool) {
	key, rest, found := strings.Cut(text, ":")
	key, rest = strings.TrimSpace(key), strings.TrimSpace(rest)
	if !found {
		p.wrong(text, "This line is not understood.", "Write it as name: value.")
		return "", nil, false
	}
	if p.seen[key] {
		p.wrong(text, "“"+key+"” is stated twice.", "Keep one of the lines.")
		return "", nil, false
	}
	p.seen[key] = true
	if value, ok = toJSON(rest); !ok {
		p.wrong(text, "What stands behind “"+key+"” is not understood.", "Put a text into quotation marks, with \\\" for one inside of it.")
	}
	return key, value, ok
}

// toJSON reads the rest of a line: JSON, or a simple text.
func toJSON(s string) (json.RawMessage, bool) {
	if s == "" {
		return quote(""), true
	}
	if strings.IndexByte(`"[{-0123456789`, s[0]) >= 0 || s == "true" || s == "false" || s == "null" {
		return json.RawMessage(s), json.Valid([]byte(s))
	}
	return quote(s), true
}

// set puts one value into its place, strictly.
func (p *parser) set(to any, key string, value json.RawMessage, text string, never ...string) {
	known := keys(to)
	if !slices.Contains(known, key) || slices.Contains(never, key) {
		next := "Remove the line."
		if near := mapping.Nearest(key, known); near != "" {
			next = "Did you mean “" + near + "”?"
		}
		p.wrong(text, "“"+key+"” is not something that a mapping states here.", next)
		return
	}
	d := json.NewDecoder(bytes.NewReader(slices.Concat([]byte("{"), quote(key), []byte(":"), value, []byte("}"))))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		p.wrong(text, "What stands behind “"+key+"” does not fit.", "Write it in the way of the other lines.")
	}
}

// keys are the names that a struct has in JSON.
func keys(to any) []string {
	t := reflect.TypeOf(to).Elem()
	out := make([]string, 0, t.NumField())
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			out = append(out, name)
		}
	}
	return out
}

func (p *parser) versionLine(_ int, text string) {
	key, value, ok := p.pair(text)
	if !ok {
		return
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		s = string(value)
	}
	switch key {
	case "project":
		p.ProjectID = s
	case "name":
		p.ProjectName = s
	case "hash":
		p.Hash = s
	case "version":
		n, err := strconv.Atoi(s)
		if err != nil {
			p.wrong(text, "The number of the version is none.", "Bring the file back as Waybill wrote it.")
		}
		p.Number = n
	default:
		p.wrong(text, "“"+key+"” does not belong here.", "Bring the file back as Waybill wrote it.")
	}
}

// item reads "- key: value, key: value".
func (p *parser) item(text string, to any) bool {
	before := len(p.found)
	rest := strings.TrimSpace(strings.TrimPrefix(text, "-"))
	seen := map[string]bool{}
	for rest != "" {
		key, after, found := strings.Cut(rest, ":")
		key = strings.TrimSpace(key)
		d := json.NewDecoder(strings.NewReader(after))
		var value json.RawMessage
		if !found || d.Decode(&value) != nil || seen[key] {
			p.wrong(text, "This line is not understood.", "Write it in the way of the others, with texts in quotation marks: from: \"old\", to: \"new\".")
			return false
		}
		seen[key] = true
		p.set(to, key, value, text)
		rest = strings.TrimSpace(after[d.InputOffset():])
		if rest != "" {
			if rest, found = strings.CutPrefix(rest, ","); !found {
				p.wrong(text, "This line is not understood.", "Put a comma between its parts.")
				return false
			}
			rest = strings.TrimSpace(rest)
		}
	}
	return len(p.found) == before
}

func (p *parser) peopleLine(_ int, text string) {
	if text == "people:" {
		return
	}
	var x mapping.PersonPair
	if !strings.HasPrefix(text, "-") || !p.item(text, &x) {
		if !strings.HasPrefix(text, "-") {
			p.wrong(text, "This line is not understood.", "Each person has a line that begins with a dash.")
		}
		return
	}
	if slices.ContainsFunc(p.People, func(o mapping.PersonPair) bool { return o.Object == x.Object && o.From == x.From }) {
		p.wrong(text, "This person stands there twice.", "Keep one of the lines.")
		return
	}
	p.People = append(p.People, x)
}

func (p *parser) objectLine(indent int, text string) {
	switch {
	case indent == 0 && text == "map":
		p.Objects = append(p.Objects, mapping.ObjectMap{Fields: []mapping.FieldMap{}})
		p.at, p.seen = at{m: len(p.Objects)}, map[string]bool{}
	case p.at.m == 0:
		p.wrong(text, "This line stands before the first map.", "Begin with a line “map”, as Waybill wrote it.")
	case indent == 0 && strings.HasPrefix(text, "field "):
		p.field(text)
	case indent == 0:
		p.wrong(text, "This line is not understood.", "A block begins with “map” or “field”; what belongs to it is set in by two blanks.")
	case p.at.f == 0:
		m := &p.Objects[p.at.m-1]
		key, value, ok := p.pair(text)
		if !ok {
			return
		}
		p.set(m, key, value, text, "fields")
		p.Places[Spot{m.Source, m.Branch(), ""}] = problem.Place{File: p.name, Line: p.line}
	case strings.HasPrefix(text, "-"):
		f := &p.Objects[p.at.m-1].Fields[p.at.f-1]
		var x mapping.ValuePair
		if !p.at.values {
			p.wrong(text, "This line belongs to no list.", "Put it under “values:”.")
			return
		}
		if !p.item(text, &x) {
			return
		}
		f.Values = append(f.Values, x)
	case text == "values:":
		if p.at.values {
			p.wrong(text, "There are two lists of values.", "Make one of them.")
		}
		p.at.values = true
	default:
		f := &p.Objects[p.at.m-1].Fields[p.at.f-1]
		if key, value, ok := p.pair(text); ok {
			p.set(f, key, value, text, "target", "values")
		}
	}
}

func (p *parser) field(text string) {
	m := &p.Objects[p.at.m-1]
	raw, ok := toJSON(strings.TrimSpace(strings.TrimPrefix(text, "field ")))
	var name string
	if !ok || json.Unmarshal(raw, &name) != nil || name == "" {
		p.wrong(text, "The name of the field is not understood.", "Put it into quotation marks.")
		name = fmt.Sprint("?", p.line) // what follows is looked at, too
	}
	if _, dup := m.Field(name); dup {
		p.wrong(text, "The field “"+name+"” has two blocks.", "Keep one of them.")
	}
	m.Fields = append(m.Fields, mapping.FieldMap{Target: name})
	p.at.f, p.at.values, p.seen = len(m.Fields), false, map[string]bool{}
	p.Places[Spot{m.Source, m.Branch(), name}] = problem.Place{File: p.name, Line: p.line}
}
