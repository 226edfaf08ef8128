//go:build dev

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// forTests is true in builds for end-to-end tests (tag dev), which never ship.
const forTests = true

// testAnswer answers a file dialog from WAYBILL_TEST_OPEN or WAYBILL_TEST_SAVE: paths
// like in PATH, or "@FILE" for a file with one path in a line, which a test rewrites
// between its steps. An empty answer is a person who thought better of it. Without the
// variable the real dialog opens.
func testAnswer(which string) ([]string, bool) {
	value, ok := os.LookupEnv("WAYBILL_TEST_" + which)
	if !ok {
		return nil, false
	}
	paths := filepath.SplitList(value)
	if file, named := strings.CutPrefix(value, "@"); named {
		text, err := os.ReadFile(file)
		if err != nil {
			return []string{}, true
		}
		paths = strings.Split(string(text), "\n")
	}
	answer := []string{}
	for _, path := range paths {
		if path = strings.TrimSpace(path); path != "" {
			answer = append(answer, path)
		}
	}
	return answer, true
}

// recorded writes a path that would be opened in another program to the file that
// WAYBILL_TEST_OPENED names, instead of opening it.
func recorded(path string) bool {
	file := os.Getenv("WAYBILL_TEST_OPENED")
	if file == "" {
		return false
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, path)
	return err == nil
}
