//go:build bindings

package main

// generating is true in the program that writes frontend/src/wailsjs: it runs main up
// to wails.Run, and must change nothing on the machine that it runs on.
const generating = true
