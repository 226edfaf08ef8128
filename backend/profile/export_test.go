package profile

import "testing"

// KeepDistinct makes figures estimates from fewer values on, during a test.
func KeepDistinct(t testing.TB, n int) {
	t.Helper()
	was := keepDistinct
	keepDistinct = n
	t.Cleanup(func() { keepDistinct = was })
}
