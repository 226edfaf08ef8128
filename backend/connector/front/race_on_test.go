//go:build race

package front_test

// conversations is how many a large account has here; the race detector is slow.
const conversations = 2_000
