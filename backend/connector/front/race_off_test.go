//go:build !race

package front_test

// conversations is how many a large account has here.
const conversations = 20_000
