package sample

// random is splitmix64. Ours, because its bytes must never change with a Go
// release, and because a stream per record needs no state kept between records.
type random uint64

func (w *world) random(kind string, i int) *random {
	h := w.Seed*0x9e3779b97f4a7c15 + 0x1234567
	for _, c := range []byte(kind) {
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	h ^= uint64(i) * 0xd1342543de82ef95
	r := random(h)
	r.next()
	return &r
}

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// below returns a number from 0 to n-1.
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }

// chance is true in percent of cases.
func (r *random) chance(percent int) bool { return r.below(100) < percent }

func pick[T any](r *random, list []T) T { return list[r.below(len(list))] }
