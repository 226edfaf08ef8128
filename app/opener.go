package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"waybill/backend/problem"
)

// shown are the kinds of files that are handed to the system's own program. Anything
// else could run when it is opened, so its folder is shown instead: customers' files
// never start by a click in Waybill.
var shown = []string{".pdf", ".xlsx", ".csv", ".tsv", ".txt", ".log", ".json", ".ndjson", ".png", ".jpg", ".jpeg"}

// OpenPath shows a file in the system's own program, or a folder in the file manager.
func (s *shell) OpenPath(path string) error {
	if !filepath.IsAbs(path) {
		return problem.New("shell.no_such_file", fmt.Sprintf("%q cannot be opened.", path),
			"It is not the full address of a file.", "Open it from your file manager.")
	}
	info, err := os.Stat(path)
	if err != nil {
		return problem.Wrap(err, "shell.no_such_file", fmt.Sprintf("%s is not there any more.", filepath.Base(path)),
			"It was moved, renamed or deleted after Waybill wrote it.", "Write it again, or look for it in "+filepath.Dir(path)+".")
	}
	if !info.IsDir() && !slices.Contains(shown, strings.ToLower(filepath.Ext(path))) {
		path = filepath.Dir(path)
	}
	if recorded(path) {
		return nil
	}
	name, args := opener(runtime.GOOS, path)
	if err := s.open(name, args...); err != nil {
		return problem.Wrap(err, "shell.no_program", "Your system did not open "+filepath.Base(path)+".",
			"It has no program for this kind of file, or none that Waybill can start.", "Open it yourself: "+path)
	}
	return nil
}

// opener is the program of each system that opens things with the right program.
func opener(system, path string) (name string, args []string) {
	switch system {
	case "darwin":
		return "open", []string{path}
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler", path}
	default:
		return "xdg-open", []string{path}
	}
}

// startProgram starts a program and does not wait for it, but collects it when it ends.
func startProgram(name string, args ...string) error {
	program := exec.Command(name, args...)
	if err := program.Start(); err != nil {
		return err
	}
	go func() { _ = program.Wait() }() // what the other program thinks of the file is its own affair
	return nil
}
