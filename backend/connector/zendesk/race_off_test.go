//go:build !race

package zendesk_test

// conversations is how many a large account has here.
const conversations = 20_000
