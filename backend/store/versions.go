package store

// RunOf is a run that a mapping version made, as a version lists it.
type RunOf struct {
	Version int
	Run
}

// RunsOfMappings lists, oldest first, which runs each mapping version made: the version is that
// of the plan that the run executed. What was taken back belongs to the run that it took back.
func (tx *Tx) RunsOfMappings() ([]RunOf, error) {
	runs, err := tx.Runs()
	if err != nil {
		return nil, err
	}
	version := map[int64]int{}
	rows, err := tx.rows(`SELECT r.id, p.mapping FROM run r JOIN plan p ON p.id = r.plan`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // read to the end below, or failed
	for rows.Next() {
		var id int64
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		version[id] = n
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	out := []RunOf{}
	for i := len(runs) - 1; i >= 0; i-- { // Runs gives the newest first
		r := runs[i]
		n := version[r.ID]
		if n == 0 {
			n = version[r.Of]
		}
		if n > 0 {
			out = append(out, RunOf{n, r})
		}
	}
	return out, nil
}
