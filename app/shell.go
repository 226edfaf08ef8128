package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"waybill/app/api"
)

// shell is the window seen from Go. It keeps the promises that app/api asks for
// (Dialogs, Emitter, Opener) with the means of Wails.
type shell struct {
	// ready is closed once Wails has handed over its context in ctx.
	ready chan struct{}
	ctx   context.Context
	// leaving is closed when the system asked the program to end: then nobody is asked.
	leaving chan struct{}
	// asking allows one native dialog at a time: Wails has one channel for all answers.
	asking sync.Mutex
	// closing is true while the question before closing is open.
	closing atomic.Bool
	// busy names the work in hand, or nothing; finish ends it in good order.
	busy   func() string
	finish func()
	// project opens a project, as if the person had chosen it in the window.
	project func(path string) error
	// open starts another program.
	open func(name string, args ...string) error
}

var (
	_ api.Dialogs = (*shell)(nil)
	_ api.Emitter = (*shell)(nil)
	_ api.Opener  = (*shell)(nil)
)

func newShell() *shell {
	return &shell{
		ready:   make(chan struct{}),
		leaving: make(chan struct{}),
		busy:    func() string { return "" },
		finish:  func() {},
		project: func(string) error { return nil },
		open:    startProgram,
	}
}

// startup receives the context that carries Wails. It arrives in a goroutine of its
// own, after the first calls may have come in; so everything waits for ready.
func (s *shell) startup(ctx context.Context) {
	s.ctx = ctx
	close(s.ready)
}

// domReady closes a trap: a drag that carries only a list of addresses is missed by
// Wails' guard, and the web view would open the file in place of the app. Files that
// are dropped still reach the pages, through Wails.
func (s *shell) domReady(ctx context.Context) {
	runtime.WindowExecJS(ctx, `for (const kind of ["dragover", "drop"]) `+
		`window.addEventListener(kind, (event) => event.preventDefault());`)
}

// beforeClose asks before work in hand is interrupted. True keeps the window open.
func (s *shell) beforeClose(context.Context) bool {
	work := s.busy()
	if work == "" || s.isLeaving() {
		return false
	}
	if !s.closing.CompareAndSwap(false, true) {
		return true // the question is already on the screen
	}
	defer s.closing.Store(false)
	return !s.confirm("Close Waybill?",
		"Waybill is still working: "+work+".\n\n"+
			"Closing stops it at a safe place. Nothing is lost, and it goes on from there next time.\n\n"+
			"Close now?")
}

// isLeaving reports whether the system asked the program to end. Wails hears the same
// signal at the same time and may ask first, so it waits a moment for ours.
func (s *shell) isLeaving() bool {
	select {
	case <-s.leaving:
		return true
	case <-time.After(100 * time.Millisecond):
		return false
	}
}

// watchSignals notes that the system wants the program to end; Wails itself then quits.
func (s *shell) watchSignals() (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
			close(s.leaving)
		case <-done:
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

// shutdown stops the work in hand at a safe place and waits for it.
func (s *shell) shutdown(context.Context) { s.finish() }

// singleInstance hands a second start over to the Waybill that is already open: one
// window for one person. The project's own lock protects the data, this is comfort.
func (s *shell) singleInstance() *options.SingleInstanceLock {
	if forTests {
		return nil
	}
	return &options.SingleInstanceLock{
		UniqueId: "waybill-7d0f6f1e",
		OnSecondInstanceLaunch: func(second options.SecondInstanceData) {
			<-s.ready
			runtime.WindowUnminimise(s.ctx)
			runtime.Show(s.ctx)
			s.handedOver(second.Args, second.WorkingDirectory)
		},
	}
}

// handedOver opens the project that a second start was given, unless work is in hand:
// then the window only comes to the front. What goes wrong is left to the person's own
// try, which shows it in the pages.
func (s *shell) handedOver(args []string, folder string) {
	path := projectIn(args, folder)
	if path == "" || s.busy() != "" {
		return
	}
	if err := s.project(path); err != nil {
		runtime.LogError(s.ctx, "a second start named a project that did not open")
	}
}

// projectIn is the project that a command line names, as a full address.
func projectIn(args []string, folder string) string {
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			continue
		}
		if !filepath.IsAbs(arg) {
			arg = filepath.Join(folder, arg)
		}
		return arg
	}
	return ""
}

// Emit sends an event to the pages. Before the window is there nobody listens, and an
// event is only a nudge to ask again: then it is dropped.
func (s *shell) Emit(name string, payload any) {
	select {
	case <-s.ready:
		runtime.EventsEmit(s.ctx, name, payload)
	default:
	}
}

// OpenFiles asks for files that exist. No answer is an empty list.
func (s *shell) OpenFiles(ctx context.Context, title string, patterns []api.FileFilter) ([]string, error) {
	if answer, ok := testAnswer("OPEN"); ok {
		return answer, nil
	}
	return asked(ctx, s, func(window context.Context) ([]string, error) {
		filters := make([]runtime.FileFilter, 0, len(patterns))
		for _, p := range patterns {
			filters = append(filters, runtime.FileFilter{DisplayName: p.Title, Pattern: p.Pattern})
		}
		files, err := runtime.OpenMultipleFilesDialog(window, runtime.OpenDialogOptions{Title: title, Filters: filters})
		return append([]string{}, files...), err
	})
}

// OpenFolder asks for a folder that exists. No answer is empty.
func (s *shell) OpenFolder(ctx context.Context, title string) (string, error) {
	if answer, ok := testAnswer("OPEN"); ok {
		return first(answer), nil
	}
	return asked(ctx, s, func(window context.Context) (string, error) {
		return runtime.OpenDirectoryDialog(window, runtime.OpenDialogOptions{Title: title, CanCreateDirectories: true})
	})
}

// SaveFile asks where to write a file. No answer is empty.
func (s *shell) SaveFile(ctx context.Context, title, suggested string) (string, error) {
	if answer, ok := testAnswer("SAVE"); ok {
		return first(answer), nil
	}
	return asked(ctx, s, func(window context.Context) (string, error) {
		return runtime.SaveFileDialog(window, runtime.SaveDialogOptions{
			Title: title, DefaultFilename: suggested, CanCreateDirectories: true,
		})
	})
}

// confirm asks a yes-or-no question in a dialog of the system. It is used where the
// pages cannot be relied on; everything else is asked in the pages.
func (s *shell) confirm(title, question string) bool {
	answer, err := asked(context.Background(), s, func(window context.Context) (string, error) {
		return runtime.MessageDialog(window, runtime.MessageDialogOptions{
			Type: runtime.QuestionDialog, Title: title, Message: literal(question),
			Buttons: []string{"Yes", "No"}, DefaultButton: "No", CancelButton: "No",
		})
	})
	return err == nil && answer == "Yes"
}

// literal makes a text safe for the message dialog of Linux, which takes it as a C
// format string: a percent sign in somebody's data would show stray memory.
func literal(text string) string { return strings.ReplaceAll(text, "%", "%%") }

// asked shows one native dialog once the window is there, and no second one beside it.
func asked[T any](ctx context.Context, s *shell, show func(window context.Context) (T, error)) (T, error) {
	var none T
	select {
	case <-s.ready:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	s.asking.Lock()
	defer s.asking.Unlock()
	return show(s.ctx)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
