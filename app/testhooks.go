//go:build !dev

package main

// forTests is true in builds for end-to-end tests. The app as shipped has no switch
// that answers its dialogs.
const forTests = false

func testAnswer(string) ([]string, bool) { return nil, false }

func recorded(string) bool { return false }
