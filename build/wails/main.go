// Command wails runs the Wails command line for this repository.
//
// The Wails CLI wants wails.json, the pages and package main in one folder. Here
// wails.json stands at the top, package main in app/, the pages in frontend/. So
// this program writes a throw-away app/wails.json with the paths made right, runs
// the CLI at the version that go.mod names with app/ as its working directory, and
// removes the file again.
//
//	go run ./build/wails bindings          write frontend/src/wailsjs from app/api
//	go run ./build/wails dev               live development (needs a display)
//	go run ./build/wails build [flags]     what the CLI builds, installers included
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

const module = "github.com/wailsapp/wails/v2"

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "use: go run ./build/wails bindings | dev | build | ... (what the Wails CLI knows)")
		os.Exit(2)
	}
	// Ctrl+C reaches the CLI as well, which ends by itself; this program has to
	// outlive it, to remove app/wails.json.
	signal.Ignore(os.Interrupt)
	err := run(os.Args[1], os.Args[2:])
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		os.Exit(ended.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build/wails:", err)
		os.Exit(1)
	}
}

func run(command string, args []string) (err error) {
	top, err := repository()
	if err != nil {
		return err
	}
	app := filepath.Join(top, "app")
	config, err := appConfig(filepath.Join(top, "wails.json"), top)
	if err != nil {
		return err
	}
	temporary := filepath.Join(app, "wails.json")
	if err := os.WriteFile(temporary, config, 0o644); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temporary)) }()

	if command == "bindings" {
		// The bindings are written by the app itself, built with the tag of that
		// name: no CLI, no GTK, no cgo. Run directly it does not read
		// ts_generation from wails.json, so it is told here.
		// It tells of every field that it meets, which is worth reading only when it fails.
		generator := exec.Command("go", "run", "-tags", "bindings", ".", "-tsoutputtype", "interfaces")
		generator.Dir = app
		if out, err := generator.CombinedOutput(); err != nil {
			_, _ = os.Stderr.Write(out) // if standard error is gone, nobody is left to tell
			return err
		}
		return plainFiles(filepath.Join(top, "frontend", "src", "wailsjs"))
	}
	version, err := wailsVersion(top)
	if err != nil {
		return err
	}
	line := append([]string{"run", module + "/cmd/wails@" + version, command}, args...)
	if command == "build" || command == "dev" {
		line = append(line, "-m", "-nosyncgomod") // go.mod is ours: no tidy, no edits
	}
	return goTool(app, line...)
}

// repository finds the folder that holds go.mod, from the working directory up.
func repository() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("ask go for go.mod: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if filepath.Base(mod) != "go.mod" {
		return "", errors.New("run this inside the repository")
	}
	return filepath.Dir(mod), nil
}

// appConfig is wails.json as the CLI needs it when app/ is the project folder.
func appConfig(file, top string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	config := map[string]any{}
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	for _, key := range []string{"frontend:dir", "wailsjsdir", "build:dir"} {
		value, ok := config[key].(string)
		if !ok || value == "" {
			return nil, fmt.Errorf("read %s: %q is missing", file, key)
		}
		config[key] = filepath.Join(top, filepath.FromSlash(value))
	}
	if dirs, ok := config["reloaddirs"].(string); ok && dirs != "" {
		parts := strings.Split(dirs, ",")
		for i, dir := range parts {
			parts[i] = "../" + strings.TrimSpace(dir) // the CLI takes these from app/ only
		}
		config["reloaddirs"] = strings.Join(parts, ",")
	}
	return json.MarshalIndent(config, "", "  ")
}

// wailsVersion is the version that go.mod names: the CLI and the library must match.
func wailsVersion(top string) (string, error) {
	list := exec.Command("go", "list", "-m", "-f", "{{.Version}}", module)
	list.Dir = top
	out, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("find the version of Wails in go.mod: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func goTool(dir string, args ...string) error {
	tool := exec.Command("go", args...)
	tool.Dir = dir
	tool.Stdin, tool.Stdout, tool.Stderr = os.Stdin, os.Stdout, os.Stderr
	return tool.Run()
}

// plainFiles takes the execute bit away that the generator sets, or git would show
// every generated file as changed.
func plainFiles(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return os.Chmod(path, 0o644)
	})
}
