// Package profile measures the stage: per object how many records, repeated keys,
// links that lead nowhere, ages; per field how full it is, what is in it and how
// long. Every figure can be opened again by a filter of the store.
package profile

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"waybill/backend/formula"
	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/store"
)

// Blanks are the characters that count as blank, as the store's filters count them.
const Blanks = "\t\n\v\f\r \u00a0"

// Object is the profile of one object.
type Object struct {
	Object        model.Object `json:"object"`
	Rows          int64        `json:"rows"`
	DuplicateKeys int64        `json:"duplicate_keys"`
	Orphans       []Orphan     `json:"orphans"`
	Fields        []Field      `json:"fields"`
	Ages          []Age        `json:"ages"`
	Findings      []Finding    `json:"findings"`
	// At is when it was measured: dates behind it were in the future.
	At string `json:"at"`
	// StateField is the field that says how far a record is, empty when there is none.
	StateField string `json:"state_field"`
	// Owners are agents who left and still own records.
	Owners []Owner `json:"owners"`
	// Cycles counts, per role, the records that lead back to themselves.
	Cycles []Cycle `json:"cycles"`
	// Files says what is wrong with the contents of attachments; nil for other objects.
	Files *Files `json:"files,omitempty"`
}

// Orphan counts links that lead nowhere.
type Orphan struct {
	Field  string `json:"field"`
	To     string `json:"to"`
	Count  int64  `json:"count"`
	Linked int64  `json:"linked"`
}

// Owner is an agent who left, or is switched off, and the records that still are theirs.
type Owner struct {
	Field string `json:"field"`
	// Value is how records point to the agent.
	Value string `json:"value"`
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Cycle counts the records that lead back to themselves by one role.
type Cycle struct {
	Field string `json:"field"`
	Count int64  `json:"count"`
}

// Files counts attachments by what is wrong with their content.
type Files struct {
	Missing   int64 `json:"missing"`
	Empty     int64 `json:"empty"`
	Large     int64 `json:"large"`
	Dangerous int64 `json:"dangerous"`
	Repeated  int64 `json:"repeated"`
}

// Field is the profile of one field.
type Field struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Filled holds something, Blank only blanks, Empty nothing at all; they add up to the rows.
	Filled   int64 `json:"filled"`
	Blank    int64 `json:"blank"`
	Empty    int64 `json:"empty"`
	Distinct int64 `json:"distinct"`
	// Exact is false when Distinct is an estimate, TopExact when rare values of Top were
	// forgotten on the way.
	Exact    bool `json:"exact"`
	TopExact bool `json:"top_exact"`
	// Longest and Shortest in characters, and in bytes: desks count in either.
	Longest       int                  `json:"longest"`
	Shortest      int                  `json:"shortest"`
	LongestBytes  int                  `json:"longest_bytes"`
	ShortestBytes int                  `json:"shortest_bytes"`
	Top           []mapping.ValueCount `json:"top"`
	// Min and Max are the first and the last moment of a field of dates.
	Min    string `json:"min"`
	Max    string `json:"max"`
	Format string `json:"format"`
	// Kinds tells what the values look like, whatever the field is declared as; each has
	// one, and they add up to Filled.
	Kinds []Share `json:"kinds"`
	// Marks counts values in which something stands out.
	Marks   []Share  `json:"marks"`
	Numbers *Numbers `json:"numbers,omitempty"`
	Dates   *Dates   `json:"dates,omitempty"`
	// Patterns are the commonest shapes of values: "AA-9999".
	Patterns      []Share `json:"patterns"`
	PatternsExact bool    `json:"patterns_exact"`
	// Phones counts telephone numbers by country; Languages guesses that of a sample of texts.
	Phones      []Share `json:"phones"`
	PhonesExact bool    `json:"phones_exact"`
	Languages   []Share `json:"languages"`
	// Currencies counts amounts of money by the sign or the code that they are written with.
	Currencies []Share `json:"currencies"`
	// Repairs are examples of garbled texts with what they likely were.
	Repairs []Repaired `json:"repairs"`
	// Tags counts the single words of a field that holds several.
	Tags     []Share `json:"tags"`
	TagsUsed int64   `json:"tags_used"`
	TagsOnce int64   `json:"tags_once"`
	// Separator parts them; empty: a list.
	Separator string `json:"separator,omitempty"`
	// SameAs is another field that holds the same in every record.
	SameAs string `json:"same_as"`
}

// Numbers is what a field's numbers are like.
type Numbers struct {
	Count    int64   `json:"count"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Places   int     `json:"places"`
	Negative int64   `json:"negative"`
	Zero     int64   `json:"zero"`
}

// Dates is how a field's dates are written and where they lie.
type Dates struct {
	Count  int64   `json:"count"`
	Orders []Share `json:"orders"`
	// Ambiguous could be day or month first; Decided is the order that the others show.
	Ambiguous int64  `json:"ambiguous"`
	Decided   string `json:"decided"`
	// Impossible dates are in no calendar; OutOfRange before 1900 or after 2100.
	Impossible int64 `json:"impossible"`
	OutOfRange int64 `json:"out_of_range"`
	Future     int64 `json:"future"`
	Before1970 int64 `json:"before_1970"`
	// Clock have a time, Zoned say in which zone.
	Clock int64 `json:"clock"`
	Zoned int64 `json:"zoned"`
}

// Repaired is a garbled text and what it likely was.
type Repaired struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Age counts the records of one year.
type Age struct {
	Year  string `json:"year"`
	Count int64  `json:"count"`
}

// Bounds of what is remembered per field; variables so that tests reach them with little data.
var (
	// keepDistinct hashes are remembered before the number of different values becomes an estimate.
	keepDistinct = 100_000
	// keepTop values are remembered with their counts before rare ones are forgotten.
	keepTop = 20_000
)

const (
	// topShown values are kept in the profile; value lists need all options of a field.
	topShown = 300
	// clipValue bounds the text of a remembered value.
	clipValue = 400
)

// Run measures one object and keeps the result in the project.
func Run(ctx context.Context, db *store.DB, shape model.ObjectSchema, p *job.Progress) (Object, error) {
	s := newSurvey(shape, time.Now())
	if err := s.read(ctx, db, p); err != nil {
		return Object{Object: shape.Object}, err
	}
	out := s.result()
	err := db.Write(ctx, func(tx *store.Tx) error {
		if err := around(tx, shape, &out); err != nil {
			return err
		}
		held, err := tx.Count(store.Filter{Object: out.Object, Fates: []model.Fate{model.Held}, HeldBy: "stage"})
		if err != nil {
			return err
		}
		out.Findings = find(out, shape, held, s.meters)
		body, err := json.Marshal(out)
		if err != nil {
			return err
		}
		return tx.SaveProfile(out.Object, string(body))
	})
	if err != nil {
		return out, fmt.Errorf("profile %s: %w", out.Object, err)
	}
	return out, nil
}

// Load gives the kept profiles in loading order.
func Load(tx *store.Tx) ([]Object, error) {
	bodies, err := tx.Profiles()
	if err != nil {
		return nil, err
	}
	objects, err := tx.Objects()
	if err != nil {
		return nil, err
	}
	out := []Object{}
	for _, o := range objects {
		body, ok := bodies[o]
		if !ok {
			continue
		}
		var x Object
		if err := json.Unmarshal([]byte(body), &x); err != nil {
			return nil, fmt.Errorf("profile of %s: %w", o, err)
		}
		out = append(out, x)
	}
	return out, Stand(tx, out)
}

// Stats gives what suggestions need to know.
func Stats(all []Object) mapping.Stats {
	out := mapping.Stats{}
	for _, o := range all {
		out[o.Object] = map[string]mapping.FieldStats{}
		for _, f := range o.Fields {
			out[o.Object][f.Name] = mapping.FieldStats{
				Rows: o.Rows, Filled: f.Filled, Distinct: f.Distinct, Longest: f.Longest, Top: f.Top,
				Complete: f.Exact && int64(len(f.Top)) == f.Distinct,
			}
		}
	}
	return out
}

// AgeField is the date by which people think of a record's age.
func AgeField(shape model.ObjectSchema) model.Field {
	var first model.Field
	for _, f := range shape.Fields {
		if f.Type != model.DateTime && f.Type != model.Date {
			continue
		}
		n := strings.ToLower(f.Name)
		for _, w := range []string{"created", "opened", "open_time", "open time", "erstellt", "eröffnet", "date"} {
			if strings.Contains(n, w) {
				return f
			}
		}
		if first.Name == "" {
			first = f
		}
	}
	return first
}

const noDate = "no date"

// Year says which bar of the ages a value of the age field belongs to.
func Year(v string, f model.Field) string {
	if strings.Trim(v, Blanks) == "" {
		return noDate
	}
	t, _, err := formula.ParseDate(v, f.Format, f.Zone)
	if err != nil {
		return "not a date"
	}
	return t.UTC().Format("2006")
}
