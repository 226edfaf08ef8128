package problem_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// said is one problem as it stands in the source.
type said struct {
	at              string
	code            string
	what, why, next string
	open            [3]bool // parts that are made while the program runs
	codeIsMade      bool
}

// sentences collects every problem that the repository can tell people.
func sentences(t *testing.T) []said {
	t.Helper()
	files := []string{}
	for _, root := range []string{"../../backend", "../../app"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	out := []said{}
	set := token.NewFileSet()
	for _, path := range files {
		f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		here := f.Name.Name == "problem"
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			args := call.Args
			switch name := called(call); {
			case name == "problem.New" || here && name == "New":
			case name == "problem.Wrap" || here && name == "Wrap":
				args = args[min(1, len(args)):]
			default:
				return true
			}
			if len(args) != 4 {
				return true
			}
			s := said{at: set.Position(call.Pos()).String()}
			var made bool
			s.code, made = text(args[0])
			s.codeIsMade = made
			s.what, s.open[0] = text(args[1])
			s.why, s.open[1] = text(args[2])
			s.next, s.open[2] = text(args[3])
			out = append(out, s)
			return true
		})
	}
	return out
}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
	}
	return ""
}

// text gives what stands in the source of an expression; made says that some of it, or
// all, comes only when the program runs.
func text(e ast.Expr) (s string, made bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		if x.Kind != token.STRING {
			return "", true
		}
		s, err := strconv.Unquote(x.Value)
		return s, err != nil
	case *ast.BinaryExpr:
		a, m := text(x.X)
		b, n := text(x.Y)
		return a + b, m || n
	case *ast.CallExpr:
		parts := []string{}
		for _, a := range x.Args { // fmt.Sprintf and the like: its words, with the gaps
			if s, _ := text(a); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, " "), true
	}
	return "", true
}

// Words that a person should never have to look up.
var (
	jargon  = regexp.MustCompile(`(?i)\b(null|nil|entity|entities|orphans?|4\d\d|5\d\d|http status|payload|endpoint|regex|regular expression|stack trace|exception|deserialize|foreign key|primary key|enum|boolean|parse|parsing|schema|SQLite|goroutine|struct|mutex|EOF|hash mismatch)\b`)
	codeish = regexp.MustCompile(`^[a-z]+(\.[a-z_0-9-]+)+$|^internal$|^cancelled$`)
)

// Every problem says what happened and what to do next, in whole sentences and plain words.
func TestProblems_sayWhatAndNextInPlainWords(t *testing.T) {
	all := sentences(t)
	if len(all) < 150 {
		t.Fatalf("only %d problems were found in the source", len(all))
	}
	for _, s := range all {
		if !s.codeIsMade && !codeish.MatchString(s.code) {
			t.Errorf("%s: %q is not a code such as \"file.encrypted\"", s.at, s.code)
		}
		for _, part := range []struct {
			name, text string
			made, must bool
		}{{"What", s.what, s.open[0], true}, {"Why", s.why, s.open[1], false}, {"Next", s.next, s.open[2], true}} {
			words := strings.TrimSpace(part.text)
			switch {
			case words == "" && part.made:
				continue // made elsewhere
			case words == "" && part.must:
				t.Errorf("%s: %s says nothing", s.at, part.name)
				continue
			}
			if m := jargon.FindString(words); m != "" {
				t.Errorf("%s: %s holds the word %q: %s", s.at, part.name, m, words)
			}
			if !part.made && words != "" && !strings.ContainsAny(words[len(words)-1:], ".!?:)”") {
				t.Errorf("%s: %s is not a whole sentence: %s", s.at, part.name, words)
			}
		}
	}
}
