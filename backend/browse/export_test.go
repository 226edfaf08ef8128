package browse

import "testing"

// KeepWords bounds how many different values are kept once each, so that a small column is
// one of many different values.
func KeepWords(t testing.TB, n int) {
	t.Helper()
	before := mostWords
	mostWords = n
	t.Cleanup(func() { mostWords = before })
}
