package find

import "testing"

// HoldLittle makes an index of many runs.
func HoldLittle(t testing.TB, n int) {
	t.Helper()
	before := mostHeld
	mostHeld = n
	t.Cleanup(func() { mostHeld = before })
}

// Words gives the words of a text.
func Words(s string) []string {
	out := []string{}
	eachWord(normal(s), func(key []byte, _, _ int) { out = append(out, string(key)) })
	return out
}

// Visible is what is seen of a text.
func Visible(s string) string { return visible(s) }

// Segments is how many files the index has.
func (f *Finder) Segments() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.x.segments)
}
