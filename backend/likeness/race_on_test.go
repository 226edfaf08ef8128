//go:build race

package likeness_test

// raceEnabled: everything is several times slower, so there is less of it.
const raceEnabled = true
