//go:build !race

package likeness_test

const raceEnabled = false
