package check

import (
	"fmt"
	"sort"
	"time"

	"waybill/backend/model"
	"waybill/backend/store"
)

// entry is one message, as short as possible: threads are held in memory.
type entry struct {
	seq        int64
	want, got  int64 // milliseconds
	place      int64 // in which order the target gave it
	sourceName string
}

type threads struct {
	by map[string][]entry
}

func newThreads() *threads { return &threads{by: map[string][]entry{}} }

// see notes a message of a thread.
func (t *threads) see(shape model.ObjectSchema, x pair, values map[string]any) {
	if x.draft.Thread == "" {
		return
	}
	for _, f := range shape.Fields {
		if !f.Ordering {
			continue
		}
		want, ok := x.draft.Fields[f.Name].(time.Time)
		if !ok {
			return
		}
		got, ok := moment(values[f.Name])
		if !ok {
			got = time.Time{}
		}
		t.by[x.draft.Thread] = append(t.by[x.draft.Thread], entry{x.line.Seq, want.UnixMilli(), got.UnixMilli(), x.got[0].N, x.line.Source})
		return
	}
}

// judge compares the order of each thread: by time, ties in the order of the source (P-39).
func (t *threads) judge(c *checker, o model.Object) {
	names := make([]string, 0, len(t.by))
	for k := range t.by {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, k := range names {
		list := t.by[k]
		c.look(Order, o, 1)
		want := append([]entry{}, list...)
		sort.SliceStable(want, func(i, j int) bool {
			if want[i].want != want[j].want {
				return want[i].want < want[j].want
			}
			return want[i].seq < want[j].seq
		})
		got := append([]entry{}, list...)
		sort.SliceStable(got, func(i, j int) bool {
			if got[i].got != got[j].got {
				return got[i].got < got[j].got
			}
			return got[i].place < got[j].place
		})
		for i := range want {
			if want[i].seq != got[i].seq {
				c.fail(Order, o, store.Difference{Seq: want[i].seq, Field: "order", Expected: want[i].sourceName, Found: got[i].sourceName},
					fmt.Sprintf("in the conversation of %s, message %s stands where %s should", k, got[i].sourceName, want[i].sourceName))
				break
			}
		}
	}
}
