//go:build !race

package project_test

// raceEnabled: the children are several times slower, so there are fewer of them.
const raceEnabled = false
