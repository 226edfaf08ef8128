package model

import (
	"slices"
	"strings"
)

// Type is what a field holds.
type Type string

// The field types.
const (
	Text     Type = "text"     // one line
	LongText Type = "longtext" // many lines, plain
	HTML     Type = "html"     // rich text
	Number   Type = "number"   // decimal
	Integer  Type = "integer"
	Bool     Type = "bool"
	Date     Type = "date"     // a day without a time
	DateTime Type = "datetime" // a moment
	Email    Type = "email"
	Phone    Type = "phone"
	URL      Type = "url"
	Option   Type = "option"  // one of a list
	Options  Type = "options" // several of a list
	Tags     Type = "tags"    // several free words
	LinkType Type = "link"    // points to another record
	FileType Type = "file"    // content: bytes with a name
	JSONType Type = "json"    // structured value
)

// Schema is the shape of a desk.
type Schema struct {
	Objects []ObjectSchema `json:"objects"`
}

// Object finds an object's shape.
func (s Schema) Object(o Object) (ObjectSchema, bool) {
	for _, x := range s.Objects {
		if x.Object == o {
			return x, true
		}
	}
	return ObjectSchema{}, false
}

// ObjectSchema is the shape of one object of a desk.
type ObjectSchema struct {
	Object Object `json:"object"`
	// Title is what people call the object, in the plural: "Tickets".
	Title  string  `json:"title"`
	Fields []Field `json:"fields"`
	// Name is the field that people recognise a record by: a subject, a name.
	Name string `json:"name,omitempty"`
}

// Field finds a field by its name.
func (o ObjectSchema) Field(name string) (Field, bool) {
	for _, f := range o.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// Field is the shape of one field.
type Field struct {
	// Name is the field's name in records; nested values have dotted names.
	Name string `json:"name"`
	// Title is what people call it. Empty: the name.
	Title string `json:"title,omitempty"`
	Type  Type   `json:"type"`
	// Required: a record without it is refused by the target.
	Required bool `json:"required,omitempty"`
	// ReadOnly: cannot be written.
	ReadOnly bool `json:"read_only,omitempty"`
	// Unique: no two records may have the same value (compared without case).
	Unique bool `json:"unique,omitempty"`
	// Options of a picklist: what is stored, and what people see.
	Options []Choice `json:"options,omitempty"`
	// MaxLength in characters; 0 is unlimited.
	MaxLength int `json:"max_length,omitempty"`
	// Decimals is how many digits after the point a number keeps; 0: all of them.
	Decimals int `json:"decimals,omitempty"`
	// To lists the objects that a link may point to.
	To []Object `json:"to,omitempty"`
	// By is the field of the other object that a link's value names; empty: its id.
	By string `json:"by,omitempty"`
	// Format of a date in a file, in the tokens of formula.DATEVALUE: "DD.MM.YYYY HH:mm".
	// Empty: RFC 3339 or ISO 8601.
	Format string `json:"format,omitempty"`
	// Zone is the IANA zone of dates that state none; empty: UTC.
	Zone string `json:"zone,omitempty"`
	// Separator parts the values of a multi-value cell; empty: the value is a JSON list.
	Separator string `json:"separator,omitempty"`
	// Empty lists the values that mean "nothing" here, such as "?" or "N/A".
	Empty []string `json:"empty,omitempty"`
	// Default is what the target fills in by itself.
	Default string `json:"default,omitempty"`
	// Help says what the field means, in one sentence.
	Help string `json:"help,omitempty"`
	// Custom fields were added by the customer.
	Custom bool `json:"custom,omitempty"`
	// Ordering: a message's moment, by which its thread is read.
	Ordering bool `json:"ordering,omitempty"`
	// Private: true in this boolean field, or PrivateValue in an option, means a private note (invariant 10).
	Private bool `json:"private,omitempty"`
	// PrivateValue is the value of a Private field that means a private note; empty:
	// true. A boolean "public" field has "false" here.
	PrivateValue string `json:"private_value,omitempty"`
	// Parent: this link says which thread a message belongs to, or which record an attachment hangs on.
	Parent bool `json:"parent,omitempty"`
	// Once: this link can only be written when its record is created, so what it leads to is
	// created before.
	Once bool `json:"once,omitempty"`
}

// Leads says that the field points to records of one of these kinds, of whatever source.
func (f Field) Leads(kinds ...Object) bool {
	for _, to := range f.To {
		if slices.Contains(kinds, to.Kind()) {
			return true
		}
	}
	return false
}

// Choice is one option of a picklist.
type Choice struct {
	Value string `json:"value"`
	Title string `json:"title,omitempty"`
}

// From is the shape of a desk that is a further source: each of its objects carries the
// source's name, and each link leads to an object of the same source.
func (s Schema) From(source string) Schema {
	if source == "" {
		return s
	}
	out := Schema{Objects: make([]ObjectSchema, len(s.Objects))}
	for i, o := range s.Objects {
		o.Object = o.Object.From(source)
		if o.Title != "" {
			o.Title += " (" + SourceTitle(source) + ")"
		}
		fields := make([]Field, len(o.Fields))
		for k, f := range o.Fields {
			to := make([]Object, len(f.To))
			for x, t := range f.To {
				to[x] = t.From(source)
			}
			if f.To != nil {
				f.To = to
			}
			fields[k] = f
		}
		o.Fields = fields
		out.Objects[i] = o
	}
	return out
}

// SourceTitle is what people call a further source: "old desk" for "old-desk".
func SourceTitle(source string) string { return strings.ReplaceAll(source, "-", " ") }
