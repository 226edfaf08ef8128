// Command waybill is the headless companion of the app: the same engine from a
// terminal, on a server, in CI. Every command takes a project folder and prints
// for people; with --json it prints one JSON document to standard output, and
// progress goes to standard error.
//
// Exit 0: done. 1: failed. 2: wrong use. 3: finished, but something needs a person.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/files"
	"waybill/backend/connector/freshdesk"
	"waybill/backend/connector/front"
	"waybill/backend/connector/intercom"
	practicedesk "waybill/backend/connector/practice"
	"waybill/backend/connector/redmine"
	"waybill/backend/connector/rt"
	"waybill/backend/connector/zendesk"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/secret"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUse    = 2
	exitPerson = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command is one verb.
type command struct {
	use, help string
	// min arguments behind the flags.
	min int
	// flags of its own.
	flags func(*flag.FlagSet)
	run   func(*call) (int, error)
}

// call is one use of a command.
type call struct {
	ctx      context.Context
	args     []string
	set      *flag.FlagSet
	out, err io.Writer
	json     bool
	quiet    bool
	env      project.Env
	by       model.Person
}

// multi collects a flag that may be given several times.
type multi []string

func (m *multi) String() string     { return strings.Join(*m, ",") }
func (m *multi) Set(s string) error { *m = append(*m, s); return nil }

func (c *call) text(name string) string { return c.set.Lookup(name).Value.String() }
func (c *call) has(name string) bool    { return c.text(name) == "true" }
func (c *call) list(name string) []string {
	m, ok := c.set.Lookup(name).Value.(*multi)
	if !ok {
		return nil
	}
	return *m
}

// say prints a line for people; nothing with --json.
func (c *call) say(format string, a ...any) {
	if !c.json {
		_, _ = fmt.Fprintf(c.out, format+"\n", a...) // a closed terminal is not our failure
	}
}

// give prints the JSON document; nothing without --json.
func (c *call) give(v any) error {
	if !c.json {
		return nil
	}
	enc := json.NewEncoder(c.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	all := commands()
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(out, all)
		if len(args) == 0 {
			return exitUse
		}
		return exitDone
	}
	cmd, ok := all[args[0]]
	if !ok {
		_, _ = fmt.Fprintf(errOut, "waybill: %q is not a command.\n\n", args[0])
		usage(errOut, all)
		return exitUse
	}
	set := flag.NewFlagSet(args[0], flag.ContinueOnError)
	set.SetOutput(errOut)
	asJSON := set.Bool("json", false, "print one JSON document to standard output")
	quiet := set.Bool("quiet", false, "print no progress")
	name := set.String("as", os.Getenv("WAYBILL_PERSON"), "who works: every decision is kept with a name")
	role := set.String("role", "migration lead", "the role of who works")
	if cmd.flags != nil {
		cmd.flags(set)
	}
	set.Usage = func() { _, _ = fmt.Fprintf(errOut, "waybill %s\n    %s\n", cmd.use, cmd.help); set.PrintDefaults() }
	rest, err := parse(set, args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if err != nil {
		return exitUse
	}
	if len(rest) < cmd.min {
		set.Usage()
		return exitUse
	}
	c := &call{ctx: ctx, args: rest, set: set, out: out, err: errOut, json: *asJSON, quiet: *quiet, by: model.Person{Name: *name, Role: *role}}
	code, err := withEnv(c, cmd)
	if err != nil {
		return c.failed(err)
	}
	return code
}

// parse lets flags stand before, between and behind the other words.
func parse(set *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := set.Parse(args); err != nil {
			return nil, err
		}
		if set.NArg() == 0 {
			return rest, nil
		}
		rest = append(rest, set.Arg(0))
		args = set.Args()[1:]
	}
}

// openVault is another one in tests, which call many commands: a passphrase takes a second each.
var openVault = secret.Open

func withEnv(c *call, cmd command) (int, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		dir = os.TempDir()
	}
	vault, err := openVault(filepath.Join(dir, "waybill", "vault"), passphrase)
	if err != nil {
		return exitFailed, err
	}
	c.env = project.Env{Kinds: kinds(), Vault: vault}
	return cmd.run(c)
}

// kinds is the list of desks, made by hand.
func kinds() []connector.Kind {
	return []connector.Kind{files.Kind(), zendesk.Kind(), freshdesk.Kind(), front.Kind(), intercom.Kind(), rt.Kind(), redmine.Kind(), practicedesk.Kind()}
}

// passphrase of the vault, where there is no keychain: from the environment only,
// so that it never stands in a list of processes.
func passphrase() (secret.Text, error) {
	return secret.Text(os.Getenv("WAYBILL_PASSPHRASE")), nil
}

// failed tells an error to people, or as JSON.
func (c *call) failed(err error) int {
	p := problem.From(err)
	if c.json {
		if e := c.give(map[string]any{"error": p}); e != nil {
			_, _ = fmt.Fprintln(c.err, e)
		}
		return exitFailed
	}
	_, _ = fmt.Fprintf(c.err, "\n%s\n", p.What)
	for _, line := range []string{p.Why, p.Next} {
		if line != "" {
			_, _ = fmt.Fprintf(c.err, "%s\n", line)
		}
	}
	if w := place(p.Where); w != "" {
		_, _ = fmt.Fprintf(c.err, "Where: %s\n", w)
	}
	if d := p.Detail(); d != "" {
		_, _ = fmt.Fprintf(c.err, "Detail (%s): %s\n", p.Code, d)
	}
	return exitFailed
}

func place(w problem.Place) string {
	parts := []string{}
	for _, x := range []struct{ name, v string }{{"", w.File}, {"sheet", w.Sheet}, {"cell", w.Cell}, {"", w.Object}, {"record", w.Record}, {"field", w.Field}, {"value", w.Value}} {
		if x.v != "" {
			parts = append(parts, strings.TrimSpace(x.name+" "+x.v))
		}
	}
	if w.Line > 0 {
		parts = append(parts, fmt.Sprintf("line %d", w.Line))
	}
	return strings.Join(parts, ", ")
}

func usage(w io.Writer, all map[string]command) {
	_, _ = fmt.Fprint(w, "waybill moves a company from one help desk to another, and proves it.\n\n")
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		_, _ = fmt.Fprintf(w, "  waybill %-58s %s\n", all[n].use, all[n].help)
	}
	_, _ = fmt.Fprint(w, "\nEvery command takes --json, --quiet, --as NAME and --role ROLE. 'waybill COMMAND -h' tells more.\nExit 0: done. 1: failed. 2: wrong use. 3: finished, but something needs a person.\n")
}

// open opens the project that the first argument names, with or without the ending that
// "new" gave it.
func (c *call) open() (*project.Project, error) {
	if _, err := os.Stat(c.args[0]); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(c.args[0] + project.Extension); err == nil {
			c.args[0] += project.Extension
		}
	}
	p, err := project.Open(c.ctx, c.args[0], c.env)
	if err != nil {
		return nil, err
	}
	if c.by.Name != "" {
		if err := p.SetPerson(c.ctx, c.by); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	return p, nil
}

// within opens the project, calls fn and closes it again.
func within(fn func(*call, *project.Project) (int, error)) func(*call) (int, error) {
	return func(c *call) (code int, err error) {
		p, err := c.open()
		if err != nil {
			return exitFailed, err
		}
		defer func() { err = errors.Join(err, p.Close()) }()
		return fn(c, p)
	}
}

// work shows the progress of long work on standard error, four times a second at most.
func (c *call) work(title string, fn func(*job.Progress) error) error {
	pr := job.New(title)
	if c.quiet {
		return fn(pr)
	}
	stop, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				c.progress(title, pr.Status())
				_, _ = fmt.Fprintln(c.err)
				return
			case <-tick.C:
				c.progress(title, pr.Status())
			}
		}
	}()
	err := fn(pr)
	close(stop)
	<-gone
	return err
}

func (c *call) progress(title string, s job.Status) {
	line := fmt.Sprintf("%s: %s", title, strings.TrimSpace(s.Stage))
	if s.Total > 0 {
		line += fmt.Sprintf("  %d of %d", s.Done, s.Total)
	} else if s.Done > 0 {
		line += fmt.Sprintf("  %d", s.Done)
	}
	if s.Failed > 0 {
		line += fmt.Sprintf(", %d held", s.Failed)
	}
	if s.Rate >= 1 {
		line += fmt.Sprintf(", %.0f a second", s.Rate)
	}
	if n := len(s.Requests); n > 0 && s.LimitPerMinute > 0 {
		last, sum := s.Requests[max(0, n-60):], 0.0
		for _, r := range last {
			sum += r
		}
		line += fmt.Sprintf(", %.0f requests in the last minute of %.0f allowed", sum, s.LimitPerMinute)
	}
	switch {
	case s.LeftLow >= 0 && s.LeftHigh > s.LeftLow && s.LeftHigh > time.Second:
		line += ", " + s.LeftLow.Round(time.Second).String() + " to " + s.LeftHigh.Round(time.Second).String() + " left"
	case s.Left > time.Second:
		line += ", about " + s.Left.Round(time.Second).String() + " left"
	}
	if s.Waiting != "" {
		line += ", " + s.Waiting
	}
	_, _ = fmt.Fprintf(c.err, "\r\033[K%s", line)
}
