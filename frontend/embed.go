// Package frontend carries the built pages of the window inside the program.
//
// A fresh clone has no pages yet, only dist/.gitkeep, so that Go code can be
// checked and tested before any npm step.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Assets returns the built pages, index.html at the top.
//
// It is an fs.FS and not an embed.FS on purpose: given an embed.FS, a Wails test
// build looks for the folder on disk and refuses to start anywhere else.
func Assets() fs.FS {
	pages, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a constant and a valid path: cannot happen
	}
	return pages
}

// Built reports whether the pages were built before this program was compiled.
func Built() bool {
	_, err := fs.Stat(Assets(), "index.html")
	return err == nil
}
