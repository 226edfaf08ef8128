package versions

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"waybill/backend/mapping"
)

const (
	ending      = ".mapping"
	versionFile = "version.txt"
	peopleFile  = "people" + ending
	format      = "1"
	banner      = "# Waybill mapping, format " + format + "."
)

// Text gives the files of a version by their names. A version without its canonical order and
// one with it give the same.
func Text(v Version, id Identity) map[string][]byte {
	out := map[string][]byte{}
	canonical := v.Canonical()
	for i := 0; i < len(canonical.Objects); {
		n := i
		for n < len(canonical.Objects) && canonical.Objects[n].Source == canonical.Objects[i].Source {
			n++
		}
		out[fileName(string(canonical.Objects[i].Source))] = objectText(canonical.Objects[i:n])
		i = n
	}
	if len(canonical.People) > 0 {
		var b bytes.Buffer
		b.WriteString(banner + " Who stands for whom.\n\npeople:\n")
		for _, p := range canonical.People {
			b.WriteString("  - " + inline(members(p)) + "\n")
		}
		out[peopleFile] = b.Bytes()
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s Waybill writes this file; the mapping stands in the others.\n\n", banner)
	for _, kv := range [][2]string{{"project", id.ProjectID}, {"name", id.ProjectName}, {"version", strconv.Itoa(v.Number)}, {"hash", v.Hash}} {
		b.WriteString(kv[0] + ": " + scalar(quote(kv[1])) + "\n")
	}
	out[versionFile] = b.Bytes()
	return out
}

// objectText writes the maps of one source object: those with a condition first.
func objectText(maps []mapping.ObjectMap) []byte {
	var b bytes.Buffer
	b.WriteString(banner + " One block for each field of the new desk.\n")
	for _, m := range maps {
		b.WriteString("\nmap\n")
		for _, x := range members(m) {
			if x.key != "fields" {
				b.WriteString("  " + x.key + ": " + scalar(x.value) + "\n")
			}
		}
		for _, f := range m.Fields {
			b.WriteString("\nfield " + scalar(quote(f.Target)) + "\n")
			for _, x := range members(f) {
				switch x.key {
				case "target":
				case "values":
					b.WriteString("  values:\n")
					for _, p := range f.Values {
						b.WriteString("    - " + inline(members(p)) + "\n")
					}
				default:
					b.WriteString("  " + x.key + ": " + scalar(x.value) + "\n")
				}
			}
		}
	}
	return b.Bytes()
}

// member is a part of a value, as JSON, in the order in which the value states it.
type member struct {
	key   string
	value json.RawMessage
}

// members takes a value apart, so that whatever a mapping may hold one day has its line.
func members(v any) []member {
	d := json.NewDecoder(bytes.NewReader(plainJSON(v)))
	var out []member
	if _, err := d.Token(); err != nil { // our own JSON
		panic(err)
	}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			panic(err)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			panic(err)
		}
		out = append(out, member{k.(string), raw})
	}
	return out
}

// plainJSON is JSON as people read it: < and & stay what they are.
func plainJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // texts, numbers and truths can always be written
		panic(err)
	}
	return bytes.TrimSpace(b.Bytes())
}

func quote(s string) json.RawMessage { return plainJSON(s) }

var simple = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./@-]*( [A-Za-z0-9_./@-]+)*$`)

// scalar writes a value on the rest of a line: simple texts without quotation marks.
func scalar(raw json.RawMessage) string {
	var s string
	if raw[0] == '"' && json.Unmarshal(raw, &s) == nil && simple.MatchString(s) && s != "true" && s != "false" && s != "null" {
		return s
	}
	return string(raw)
}

// inline writes all parts of a value on one line.
func inline(list []member) string {
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = x.key + ": " + string(x.value)
	}
	return strings.Join(parts, ", ")
}

var safeName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)

// fileName is the name of an object's file on every system; odd ones end with a hash.
func fileName(object string) string {
	reserved := []string{"con", "prn", "aux", "nul", "people", "version", "com1", "com2", "com3", "com4", "lpt1", "lpt2", "lpt3"}
	if safeName.MatchString(object) && !slices.Contains(reserved, object) {
		return object + ending
	}
	sum := sha256.Sum256([]byte(object))
	clean := strings.Trim(regexp.MustCompile(`[^a-z0-9_]+`).ReplaceAllString(strings.ToLower(object), "-"), "-")
	return cmp.Or(clean[:min(len(clean), 40)], "object") + "-" + hex.EncodeToString(sum[:4]) + ending
}

// isOurs tells the files of the text from others that lie beside them.
func isOurs(name string) bool { return name == versionFile || strings.HasSuffix(name, ending) }
