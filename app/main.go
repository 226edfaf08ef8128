// Command waybill opens Waybill's window. It wires the engine to the window and does
// nothing else: what the window may call is in app/api, everything behind that in
// backend/.
//
// A *shell* is what surrounds the pages: file dialogs, events, opening files in other
// programs, closing. A *desk* is a help desk; desks are not known here.
//
//	waybill                  the start screen
//	waybill --sample         the sample project's front page
//	waybill FOLDER.waybill   that project
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/menu"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"

	"waybill/app/api"
	"waybill/assets"
	"waybill/backend/connector"
	"waybill/backend/connector/files"
	"waybill/backend/connector/freshdesk"
	"waybill/backend/connector/front"
	"waybill/backend/connector/intercom"
	"waybill/backend/connector/practice"
	"waybill/backend/connector/redmine"
	"waybill/backend/connector/rt"
	"waybill/backend/connector/zendesk"
	"waybill/frontend"
)

func main() {
	if why := cannotOpen(os.Getenv); why != "" && !generating {
		fmt.Fprintln(os.Stderr, why)
		os.Exit(1)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "Waybill could not open its window:", err)
		os.Exit(1)
	}
}

// run opens the window and returns when it is closed.
//
// Everything before wails.Run happens a second time in a process that only hands its
// arguments to a Waybill that is already open, and once more when bindings are
// generated. So it may have no effect outside this process.
func run(args []string) error {
	s := newShell()
	services := api.New(api.Options{
		Dialogs:      s,
		Emitter:      s,
		Opener:       s,
		ConfigDir:    configDir(),
		DocumentsDir: documentsDir(os.Getenv),
		Args:         args,
		Kinds:        kinds(),
	})
	s.busy = services.Busy
	s.finish = services.Close
	for _, service := range services.Bind() {
		if app, ok := service.(*api.App); ok {
			s.project = app.OpenProject
		}
	}
	if !generating {
		stop := s.watchSignals()
		defer stop()
	}
	return wails.Run(windowOptions(s, services.Bind()))
}

// kinds are the desks that Waybill knows. A new vendor is one more line here and in
// backend/cmd/waybill.
func kinds() []connector.Kind {
	return []connector.Kind{files.Kind(), zendesk.Kind(), freshdesk.Kind(), front.Kind(), intercom.Kind(), rt.Kind(), redmine.Kind(), practice.Kind()}
}

// windowOptions describes the window.
func windowOptions(s *shell, bind []any) *options.App {
	return &options.App{
		Title:            "Waybill",
		Width:            1280,
		Height:           800,
		MinWidth:         1100,
		MinHeight:        680,
		BackgroundColour: options.NewRGB(0xf5, 0xf6, 0xf8),
		AssetServer: &assetserver.Options{
			Assets:     frontend.Assets(),
			Middleware: withPolicy,
		},
		Menu:               systemMenu(),
		Logger:             newQuietLogger(os.Stderr),
		LogLevel:           logger.WARNING,
		LogLevelProduction: logger.ERROR,
		ErrorFormatter:     api.Format,
		OnStartup:          s.startup,
		OnDomReady:         s.domReady,
		OnBeforeClose:      s.beforeClose,
		OnShutdown:         s.shutdown,
		Bind:               bind,
		SingleInstanceLock: s.singleInstance(),
		// DisableWebViewDrop would also stop files from arriving on Linux; the trap that
		// it is meant for is closed in domReady.
		DragAndDrop: &options.DragAndDrop{EnableFileDrop: true},
		Linux: &linux.Options{
			Icon:             assets.Icon(),
			ProgramName:      "Waybill",
			WebviewGpuPolicy: linux.WebviewGpuPolicyNever,
		},
	}
}

// systemMenu is the menu bar where the system insists on one: without it macOS has no
// copy and paste by keyboard. Elsewhere the window has its own.
func systemMenu() *menu.Menu {
	if runtime.GOOS != "darwin" {
		return nil
	}
	return menu.NewMenuFromItems(menu.AppMenu(), menu.EditMenu(), menu.WindowMenu())
}

// cannotOpen says why no window can open here, or nothing.
func cannotOpen(env func(string) string) string {
	if runtime.GOOS == "linux" && env("DISPLAY") == "" && env("WAYLAND_DISPLAY") == "" {
		return "Waybill has no screen to open its window on (neither DISPLAY nor WAYLAND_DISPLAY is set).\n" +
			"On a server, use waybill-cli, which does the same work in the terminal: waybill-cli demo"
	}
	if !frontend.Built() {
		return "This Waybill was compiled without its pages. Run build/start, which builds them first."
	}
	return ""
}

// configDir is where this person's settings are; empty when the system names no place.
func configDir() string {
	if generating {
		return ""
	}
	base, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(base, "waybill")
}

// documentsDir is where new projects are proposed: the person's documents folder, or the
// home folder where there is none.
func documentsDir(env func(string) string) string {
	if dir := env("XDG_DOCUMENTS_DIR"); filepath.IsAbs(dir) {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	documents := filepath.Join(home, "Documents")
	if info, err := os.Stat(documents); err == nil && info.IsDir() {
		return documents
	}
	return home
}
