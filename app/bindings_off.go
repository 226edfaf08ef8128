//go:build !bindings

package main

// generating is true in the program that writes frontend/src/wailsjs.
const generating = false
