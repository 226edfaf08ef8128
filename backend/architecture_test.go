// Package backend holds no code, only this test: it reads the source of the whole
// repository and insists on the shape that architecture.md promises, with the reason
// in each complaint.
//
// A *layer* is a group of packages; imports go down the list of layers only.
package backend

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "waybill/"

// layer is one line of the list in architecture.md, lowest first.
type layer struct {
	name     string
	packages []string // below the top of the repository; "/..." takes everything under it
	may      []string // names of layers below that it may import
	only     []string // packages beyond those, when not a whole layer
	why      string   // said when something else is imported
}

var layers = []layer{
	{
		name:     "words",
		packages: []string{"backend/model", "backend/problem"},
		why:      "the nouns that everybody shares must not know anybody",
	},
	{
		name:     "pure",
		packages: []string{"backend/formula", "backend/mapping", "backend/transform"},
		may:      []string{"words"},
		why:      "the same input must give the same output: no I/O, no clock, no database below a mapping",
	},
	{
		name:     "world",
		packages: []string{"backend/store", "backend/blob", "backend/secret", "backend/pace", "backend/job"},
		may:      []string{"words"},
		// The store keeps mapping versions, so it knows their shape.
		only: []string{"backend/mapping"},
		why:  "the store, the keychain and the clock serve every engine and must not know one",
	},
	{
		name:     "desks",
		packages: []string{"backend/connector", "backend/connector/...", "backend/practice"},
		may:      []string{"words"},
		only:     []string{"backend/pace", "backend/secret", "backend/connector", "backend/connector/wire"},
		why:      "a desk must be replaceable: it never sees the project file, a job or another desk",
	},
	{
		name: "engine",
		packages: []string{
			"backend/extract", "backend/profile", "backend/clean", "backend/pilot", "backend/load",
			"backend/check", "backend/delta", "backend/backup", "backend/archive", "backend/likeness", "backend/browse", "backend/spot", "backend/find", "backend/truth",
		},
		may:  []string{"words", "pure", "world"},
		only: []string{"backend/connector"},
		why:  "the engine works with any desk: it knows the interfaces of connector, and no vendor",
	},
	{
		name: "project",
		packages: []string{
			"backend/project", "backend/journey", "backend/plan", "backend/workbook", "backend/report", "backend/seal", "backend/monitor", "backend/versions",
		},
		may:  []string{"words", "pure", "world", "engine"},
		only: []string{"backend/connector"},
		why:  "what people see of a project is made from what the engine found, never from a desk",
	},
	{
		name:     "shell",
		packages: []string{"app", "app/api", "backend/cmd/waybill"},
		may:      []string{"words", "pure", "world", "desks", "engine", "project"},
		only:     []string{"app/api", "frontend"},
		why:      "",
	},
}

// exceptions are single imports against the list, each with its reason.
var exceptions = map[string]map[string]string{
	"backend/project": {
		"backend/connector/files": "export files are Waybill's own source, not a vendor: the tables that a person corrects are part of the project",
		"backend/practice":        "the practice desk of a project lives in its folder and starts and ends with it",
	},
}

// aside are packages that belong to no layer; anybody but words and pure may use data.
var aside = map[string]string{
	"backend":                   "this test",
	"frontend":                  "the built pages",
	"assets":                    "data that the app carries",
	"assets/sample":             "the generator of the sample project",
	"assets/sample/generate":    "its command",
	"frontend/e2e/edit":         "edits a workbook as a business owner would, for the end-to-end tests",
	"backend/load/loadtest":     "a small world for tests; no program imports it",
	"backend/project/realdesks": "whole moves between desks, as tests; no program imports it",
	"build/wails":               "the wrapper of the Wails command line",
}

// data may be imported from the desks upwards.
var data = []string{"assets", "assets/sample"}

// bans are packages of others that only some of ours may import.
var bans = []struct {
	imported string // a path or, with "/...", everything under it
	allowed  []string
	why      string
}{
	{"github.com/wailsapp/wails/v2/...", []string{"app"}, "the engine runs from a test, a terminal and a server: only the window knows Wails"},
	{"C", nil, "no cgo: the engine is one static program on every system"},
	{"database/sql", []string{"backend/store", "backend/practice"}, "store is the only code that speaks SQL; the practice desk is a product of its own"},
	{"modernc.org/sqlite", []string{"backend/store", "backend/practice"}, "store is the only code that speaks SQL; the practice desk is a product of its own"},
	{"github.com/jung-kurt/gofpdf", []string{"backend/report"}, "text reaches the PDF through one gateway, which knows what gofpdf panics on"},
	{"github.com/xuri/excelize/v2", []string{"backend/workbook", "backend/connector/files", "frontend/e2e/edit"}, "Excel files are hostile: two packages know how to read them safely"},
	{"github.com/zalando/go-keyring", []string{"backend/secret"}, "secrets stay in one place (invariant 15)"},
	{"github.com/go-git/go-git/v5/...", []string{"backend/versions"}, "what is written into somebody else's repository is decided in one place"},
	{"github.com/expr-lang/expr/...", []string{"backend/formula"}, "formulas are compiled and limited in one place"},
	{"net/http/...", []string{"app", "app/api", "backend/pace", "backend/connector", "backend/connector/...", "backend/practice", "backend/project", "backend/load/loadtest", "backend/cmd/waybill"}, "only desks talk to a network, through the transport of pace that the project hands them, which keeps the vendor's limits (invariant 11)"},
	{"unsafe", nil, "nothing here needs it"},
}

// impure is what pure code and words may not import: the world outside.
var impure = []string{
	"os", "os/...", "net", "net/...", "io/fs", "io/ioutil", "math/rand", "math/rand/v2", "crypto/rand",
	"database/sql", "log", "log/slog", "syscall", "path/filepath", "embed", "runtime/...",
}

// clock are the functions of package time that ask what time it is.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// tooVague are package names that say nothing.
var tooVague = []string{"util", "utils", "common", "types", "helpers", "helper", "misc", "shared", "base"}

// longest is where this test complains. The aim is 600 lines; a file may grow a little
// past that before it is cut in two.
const longest = 750

// longFiles are files of more than longest lines, each with its reason.
var longFiles = map[string]string{}

// file is one parsed Go file of ours.
type file struct {
	path    string // from the top, with slashes
	pkg     string // its folder
	test    bool
	lines   int
	syntax  *ast.File
	imports []string
}

func TestImportsGoDownTheListOnly(t *testing.T) {
	for _, f := range source(t) {
		from, known := layerOf(f.pkg)
		if !known {
			if _, ok := aside[f.pkg]; !ok {
				t.Errorf("%s: package %s has no layer. Give it one in backend/architecture_test.go, after reading architecture.md.", f.path, f.pkg)
			}
			continue
		}
		if f.test {
			continue // a test may build the world around its package
		}
		for _, imported := range f.imports {
			ours, ok := strings.CutPrefix(imported, module)
			if !ok || ours == f.pkg || allowed(from, ours) || exceptions[f.pkg][ours] != "" {
				continue
			}
			t.Errorf("%s imports %s: %s (%s) may import %s%s, because %s.", f.path, ours, f.pkg, from.name,
				orNothing(from.may), andOnly(from.only), from.why)
		}
	}
}

func TestPureCodeImportsAreInOrder(t *testing.T) {
	// Inside the pure layer, each may import what stands to its left.
	order := layers[1].packages
	for _, f := range source(t) {
		at := slices.Index(order, f.pkg)
		if at < 0 || f.test {
			continue
		}
		for _, imported := range f.imports {
			other := slices.Index(order, strings.TrimPrefix(imported, module))
			if other > at {
				t.Errorf("%s imports %s, which stands above it: %s.", f.path, imported, strings.Join(order, " < "))
			}
		}
	}
}

func TestSomeImportsBelongToFewPackages(t *testing.T) {
	for _, f := range source(t) {
		for _, ban := range bans {
			if f.test && ban.imported != "C" && !strings.Contains(ban.imported, "wails") {
				continue
			}
			if anyMatch(ban.allowed, f.pkg) {
				continue
			}
			for _, imported := range f.imports {
				if match(ban.imported, imported) {
					t.Errorf("%s imports %s: %s.", f.path, imported, ban.why)
				}
			}
		}
	}
}

func TestWordsAndPureCodeTouchNothing(t *testing.T) {
	for _, f := range source(t) {
		from, known := layerOf(f.pkg)
		if !known || f.test || (from.name != "words" && from.name != "pure") {
			continue
		}
		for _, imported := range f.imports {
			if anyMatch(impure, imported) {
				t.Errorf("%s imports %s: %s has no I/O, no clock and no randomness (invariant 12).", f.path, imported, f.pkg)
			}
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if from, ok := call.X.(*ast.Ident); ok && from.Name == "time" && from.Obj == nil && slices.Contains(clock, call.Sel.Name) {
				t.Errorf("%s uses time.%s: %s does not know what time it is; take the time as an argument (invariant 12).", f.path, call.Sel.Name, f.pkg)
			}
			return true
		})
	}
}

func TestEveryPackageExplainsItsNouns(t *testing.T) {
	comments := map[string][]string{}
	names := map[string]string{}
	for _, f := range source(t) {
		if f.test && f.pkg != "backend" {
			continue
		}
		names[f.pkg] = f.syntax.Name.Name
		if f.syntax.Doc != nil {
			comments[f.pkg] = append(comments[f.pkg], f.syntax.Doc.Text())
		}
	}
	for pkg, name := range names {
		switch found := comments[pkg]; {
		case len(found) == 0:
			t.Errorf("%s has no package comment: say what it is for, and explain its nouns.", pkg)
		case len(found) > 1:
			t.Errorf("%s has %d package comments: keep one, or readers see only one of them.", pkg, len(found))
		case name != "main" && !strings.HasPrefix(found[0], "Package "+name+" "):
			t.Errorf("%s: its comment should begin with %q.", pkg, "Package "+name)
		case name == "main" && !strings.HasPrefix(found[0], "Command "):
			t.Errorf("%s: its comment should begin with %q.", pkg, "Command")
		case len(strings.Fields(found[0])) < 8:
			t.Errorf("%s: %q explains nothing.", pkg, strings.TrimSpace(found[0]))
		}
	}
}

func TestPackageNamesSaySomething(t *testing.T) {
	for _, f := range source(t) {
		if slices.Contains(tooVague, path.Base(f.pkg)) {
			t.Errorf("%s: name the package for what it provides.", f.path)
		}
	}
}

func TestFilesHoldOneIdea(t *testing.T) {
	for _, f := range source(t) {
		if f.test || f.lines <= longest || longFiles[f.path] != "" {
			continue
		}
		t.Errorf("%s has %d lines, more than %d: split it by idea, or give a reason in longFiles.", f.path, f.lines, longest)
	}
}

// theTop of the repository, seen from this package.
const theTop = ".."

var kept []file

// source parses all Go files of ours, whatever their build tags.
func source(t *testing.T) []file {
	t.Helper()
	if kept != nil {
		return kept
	}
	skip := regexp.MustCompile(`^(\.git|node_modules|testdata|bin|dist)$`)
	set := token.NewFileSet()
	err := filepath.WalkDir(theTop, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if skip.MatchString(entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		rel, err := filepath.Rel(theTop, name)
		if err != nil {
			return err
		}
		f := file{
			path: filepath.ToSlash(rel), test: strings.HasSuffix(name, "_test.go"),
			lines: strings.Count(string(text), "\n"), syntax: syntax,
		}
		f.pkg = path.Dir(f.path)
		for _, spec := range syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, imported)
		}
		kept = append(kept, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) < 10 {
		t.Fatalf("only %d Go files found: the test looks in the wrong place", len(kept))
	}
	return kept
}

func layerOf(pkg string) (layer, bool) {
	for _, l := range layers {
		if anyMatch(l.packages, pkg) {
			return l, true
		}
	}
	return layer{}, false
}

// allowed reports whether a package of layer from may import ours.
func allowed(from layer, ours string) bool {
	if anyMatch(from.only, ours) {
		return true
	}
	if from.name != "words" && from.name != "pure" && anyMatch(data, ours) {
		return true
	}
	to, known := layerOf(ours)
	if !known {
		return false
	}
	// Inside a layer one may use another, except that desks never know each other;
	// the compiler forbids circles.
	if to.name == from.name {
		return from.name != "desks"
	}
	return slices.Contains(from.may, to.name)
}

func anyMatch(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return match(pattern, p) })
}

// match compares a path with a pattern: "a/..." is a and everything under it.
func match(pattern, p string) bool {
	if under, ok := strings.CutSuffix(pattern, "/..."); ok {
		return p == under || strings.HasPrefix(p, under+"/")
	}
	return pattern == p
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "the standard library"
	}
	return strings.Join(names, ", ")
}

func andOnly(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " and " + strings.Join(names, ", ")
}
