package files

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/model"
)

func benchFile(b *testing.B) (string, int64) {
	b.Helper()
	var text bytes.Buffer
	for i := range 50_000 {
		fmt.Fprintf(&text, `{"id":"M%07d","ticket":"%07d","author_id":"A-%02d","kind":"public","body":"<p>Hello, the parcel %d never came. Where is it?</p>","created":"2013-01-04T18:49:26+02:00"}`+"\n", i, i/4, i%40, i)
	}
	p := filepath.Join(b.TempDir(), "messages.ndjson")
	if err := os.WriteFile(p, text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	return p, int64(text.Len())
}

func BenchmarkInspect(b *testing.B) {
	p, size := benchFile(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Inspect(context.Background(), []string{p}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPages(b *testing.B) {
	p, size := benchFile(b)
	tables, err := Inspect(context.Background(), []string{p}, nil)
	if err != nil {
		b.Fatal(err)
	}
	if tables, err = Propose(context.Background(), tables); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if err := New(tables).Pages(context.Background(), model.Message, "", func(connector.Page) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
