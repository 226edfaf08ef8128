package load

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"waybill/backend/model"
)

// prints lends out the space in which a draft is written down to be hashed.
var prints = sync.Pool{New: func() any { return new([]byte) }}

// hashOf is the fingerprint of a draft before its links are resolved: the same
// record under the same mapping gives the same one (invariant 12). Each part is written
// with its kind and its length, so that different drafts are never written alike.
func hashOf(d model.Draft) ([]byte, error) {
	space, _ := prints.Get().(*[]byte)
	defer prints.Put(space)
	b := appendPart((*space)[:0], string(d.Object))
	var room [40]string
	names := room[:0]
	for n := range d.Fields {
		names = append(names, n)
	}
	slices.Sort(names)
	b = binary.AppendUvarint(b, uint64(len(names)))
	for _, n := range names {
		var err error
		if b, err = appendValue(appendPart(b, n), d.Fields[n]); err != nil {
			return nil, fmt.Errorf("hash the draft of %s %s: %w", d.Source.Object, d.Source.ID, err)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(d.Links)))
	for i := range d.Links {
		b = appendLink(b, &d.Links[i])
	}
	if f := d.File; f != nil {
		b = appendPart(appendPart(appendPart(append(b, 1), f.Name), f.Hash), f.Type)
		b = binary.AppendVarint(b, f.Size)
	} else {
		b = append(b, 0)
	}
	b = appendPart(b, d.Thread)
	*space = b
	sum := sha256.Sum256(b)
	return sum[:16], nil
}

func appendPart(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendLink(b []byte, l *model.DraftLink) []byte {
	b = binary.AppendUvarint(appendPart(b, l.Field), uint64(len(l.To)))
	for _, r := range l.To {
		b = appendPart(appendPart(appendPart(b, string(r.Object)), r.By), r.Value)
	}
	b = appendPart(appendPart(appendBool(b, l.Required), string(l.IfUnknown)), l.Instead)
	return appendPart(appendPart(b, string(l.Target.Object)), l.Target.ID)
}

// appendValue writes a value behind a sign for its kind.
func appendValue(b []byte, v any) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return append(b, '0'), nil
	case string:
		return appendPart(append(b, 's'), x), nil
	case bool:
		return appendBool(append(b, 'b'), x), nil
	case int64:
		return binary.AppendVarint(append(b, 'i'), x), nil
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 'f'), math.Float64bits(x)), nil
	case time.Time:
		return append(x.AppendFormat(append(b, 't'), time.RFC3339Nano), 0), nil
	case model.Day:
		return appendPart(append(b, 'd'), string(x)), nil
	case []string:
		b = binary.AppendUvarint(append(b, 'l'), uint64(len(x)))
		for _, s := range x {
			b = appendPart(b, s)
		}
		return b, nil
	}
	j, err := json.Marshal(v)
	return appendPart(appendPart(append(b, 'j'), fmt.Sprintf("%T", v)), string(j)), err
}
