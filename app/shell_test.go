package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/app/api"
	"waybill/backend/problem"
)

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	pages := withPolicy(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }))
	answer := httptest.NewRecorder()
	pages.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/anything", nil))
	got := answer.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-src 'none'", "connect-src 'self'", "form-action 'none'"} {
		if !strings.Contains(got, want) {
			t.Errorf("the policy lacks %q: %s", want, got)
		}
	}
	for _, hole := range []string{"*", "http:", "https:", "unsafe-eval", "script-src 'self' '"} {
		if strings.Contains(got, hole) {
			t.Errorf("the policy has a hole, %q: %s", hole, got)
		}
	}
}

func TestLogKeepsNoArguments(t *testing.T) {
	secrets := []string{"s3cr3t-token", "mary@example.com", "/home/mary", "4711"}
	messages := []string{
		`process message error: C{"name":"api.Connect.Save","args":["s3cr3t-token","mary@example.com"],"callbackID":"x-1"} -> invalid`,
		"error parsing arguments: json: cannot unmarshal s3cr3t-token into Go value",
		"Dear customer 4711, we write to mary@example.com",
		"/home/mary/export.csv is not there",
		"ticket 4711 is broken",
	}
	var out bytes.Buffer
	log := newQuietLogger(&out)
	for _, message := range messages {
		for _, level := range []func(string){log.Print, log.Trace, log.Debug, log.Info, log.Warning, log.Error, log.Fatal} {
			level(message)
		}
	}
	if out.Len() == 0 {
		t.Fatal("the log says nothing at all")
	}
	for _, secret := range secrets {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log tells %q:\n%s", secret, out.String())
		}
	}
	if !strings.Contains(out.String(), "process message error") {
		t.Errorf("the log does not say what went wrong:\n%s", out.String())
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	if got := words(strings.Repeat("word ", 1000)); len(got) > longest+len(" [cut]") {
		t.Errorf("kept %d characters", len(got))
	}
}

func TestOpenPathStartsNothingThatCouldRun(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"report.pdf", "Mapping.XLSX", "setup.exe", "run.sh", "page.html", "shortcut.desktop", "noending"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cases := []struct{ path, want string }{
		{dir, dir},
		{filepath.Join(dir, "report.pdf"), filepath.Join(dir, "report.pdf")},
		{filepath.Join(dir, "Mapping.XLSX"), filepath.Join(dir, "Mapping.XLSX")},
		{filepath.Join(dir, "setup.exe"), dir},
		{filepath.Join(dir, "run.sh"), dir},
		{filepath.Join(dir, "page.html"), dir},
		{filepath.Join(dir, "shortcut.desktop"), dir},
		{filepath.Join(dir, "noending"), dir},
	}
	for _, c := range cases {
		t.Run(filepath.Base(c.path), func(t *testing.T) {
			s := newShell()
			got := ""
			s.open = func(_ string, args ...string) error { got = args[len(args)-1]; return nil }
			if err := s.OpenPath(c.path); err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("opened %s, want %s", got, c.want)
			}
		})
	}
}

func TestOpenPathSaysWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, path string
		open       error
		code       problem.Code
	}{
		{"relative", "report.pdf", nil, "shell.no_such_file"},
		{"gone", file + ".gone.pdf", nil, "shell.no_such_file"},
		{"no program", file, errors.New("exec: not found"), "shell.no_program"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newShell()
			s.open = func(string, ...string) error { return c.open }
			var p *problem.Problem
			if err := s.OpenPath(c.path); !errors.As(err, &p) {
				t.Fatalf("got %v, want a problem for people", err)
			}
			if p.Code != c.code || p.What == "" || p.Why == "" || p.Next == "" {
				t.Errorf("got %+v, want %s with three sentences", p, c.code)
			}
		})
	}
}

func TestOpenerOfEachSystem(t *testing.T) {
	for system, want := range map[string]string{"linux": "xdg-open", "darwin": "open", "windows": "rundll32"} {
		name, args := opener(system, "a b.pdf")
		if name != want || args[len(args)-1] != "a b.pdf" {
			t.Errorf("%s: %s %q, want %s", system, name, args, want)
		}
	}
}

func TestEventsBeforeTheWindowAreDropped(*testing.T) {
	newShell().Emit("job", struct{}{}) // must neither wait nor crash
}

func TestDialogGivesUpWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newShell().OpenFolder(ctx, "Choose"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestClosingAsksOnlyWhenWorkIsInHand(t *testing.T) {
	idle := newShell()
	if idle.beforeClose(t.Context()) {
		t.Error("an idle window stayed open")
	}
	// The system wants the program to end: nobody is asked, work or not.
	leaving := newShell()
	leaving.busy = func() string { return "rehearsal 2" }
	close(leaving.leaving)
	if leaving.beforeClose(t.Context()) {
		t.Error("the window stayed open although the system ends")
	}
	// The question is already on the screen: no second one, and no closing behind its back.
	asking := newShell()
	asking.busy = leaving.busy
	asking.closing.Store(true)
	if !asking.beforeClose(t.Context()) {
		t.Error("the window closed while it was asking")
	}
}

func TestSecondStartOpensItsProject(t *testing.T) {
	work := t.TempDir()
	cases := []struct {
		name string
		args []string
		busy string
		want string
	}{
		{"nothing", nil, "", ""},
		{"only a switch", []string{"--sample"}, "", ""},
		{"relative", []string{"Acme.waybill"}, "", filepath.Join(work, "Acme.waybill")},
		{"absolute", []string{filepath.Join(work, "B.waybill")}, "", filepath.Join(work, "B.waybill")},
		{"while work is in hand", []string{"Acme.waybill"}, "rehearsal 2", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newShell()
			s.busy = func() string { return c.busy }
			got := ""
			s.project = func(path string) error { got = path; return nil }
			s.handedOver(c.args, work)
			if got != c.want {
				t.Errorf("opened %q, want %q", got, c.want)
			}
		})
	}
}

func TestEachDeskIsKnownOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range kinds() {
		if kind.Name == "" || kind.Title == "" || kind.Open == nil || seen[kind.Name] {
			t.Errorf("the desk %q is not one that a person could choose", kind.Name)
		}
		seen[kind.Name] = true
	}
}

func TestShutdownEndsTheWork(t *testing.T) {
	s := newShell()
	ended := false
	s.finish = func() { ended = true }
	s.shutdown(t.Context())
	if !ended {
		t.Error("the work in hand was not ended")
	}
}

func TestPercentSignsReachTheDialogAsText(t *testing.T) {
	if got := literal("41 % of %s"); got != "41 %% of %%s" {
		t.Errorf("got %q", got)
	}
}

func TestCannotOpenSaysWhy(t *testing.T) {
	none := func(string) string { return "" }
	if got := cannotOpen(none); !strings.Contains(got, "waybill-cli demo") && !strings.Contains(got, "build/start") {
		t.Errorf("got %q, want what to do instead", got)
	}
}

func TestDocumentsDir(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	env := map[string]string{}
	get := func(name string) string { return env[name] }
	if got := documentsDir(get); got != home {
		t.Errorf("without a documents folder: %s, want %s", got, home)
	}
	documents := filepath.Join(home, "Documents")
	if err := os.Mkdir(documents, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := documentsDir(get); got != documents {
		t.Errorf("got %s, want %s", got, documents)
	}
	env["XDG_DOCUMENTS_DIR"] = filepath.Join(home, "Papiere")
	if got := documentsDir(get); got != env["XDG_DOCUMENTS_DIR"] {
		t.Errorf("got %s, want the system's own choice", got)
	}
}

func TestWindowOptions(t *testing.T) {
	s := newShell()
	o := windowOptions(s, nil)
	if o.MinWidth != 1100 || o.Width != 1280 || o.Height != 800 {
		t.Errorf("the window is %dx%d, at least %d wide", o.Width, o.Height, o.MinWidth)
	}
	if !o.DragAndDrop.EnableFileDrop || o.DragAndDrop.DisableWebViewDrop {
		t.Error("files cannot be dropped on the window")
	}
	if o.EnableDefaultContextMenu || o.BindingsAllowedOrigins != "" || o.EnableFraudulentWebsiteDetection {
		t.Error("the window is more open than it should be")
	}
	why := problem.New("x.y", "What.", "Why.", "Next.")
	if text, ok := o.ErrorFormatter(why).(string); !ok || !strings.Contains(text, "What.") {
		t.Errorf("errors reach the pages as %v, want text that they can parse", o.ErrorFormatter(why))
	}
	if len(o.Linux.Icon) == 0 {
		t.Error("the window has no icon")
	}
	var _ api.Dialogs = s
}
