package files

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestLook prints what is found in WAYBILL_LOOK, for people.
func TestLook(t *testing.T) {
	paths := strings.Fields(os.Getenv("WAYBILL_LOOK"))
	if len(paths) == 0 {
		t.Skip("WAYBILL_LOOK names no file")
	}
	tables, err := Inspect(context.Background(), paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	tables, err = Propose(context.Background(), tables)
	if err != nil {
		t.Fatal(err)
	}
	for i := range tables {
		x := &tables[i]
		if x.Refused != nil {
			fmt.Printf("REFUSED %s: %s %s\n", x.Name, x.Refused.Code, x.Refused.What)
			continue
		}
		fmt.Printf("== %s %s %s(%d%%) %q %q header %d: %d rows %d broken %d blank\n", x.Name, x.Kind, x.Encoding, x.EncodingSure, x.Delimiter, x.Quote, x.HeaderRow, x.Rows, x.Broken, x.BlankRows)
		for _, n := range x.Notes {
			fmt.Printf("   note %s: %s\n", n.Code, n.Message)
		}
		for _, b := range x.BrokenExamples {
			fmt.Printf("   broken %s %s\n", b.Code, b.What)
		}
		if os.Getenv("WAYBILL_COLUMNS") != "" {
			for _, c := range x.Columns {
				fmt.Printf("   . %-24s %-9s fmt=%q sep=%q filled=%d blank=%d distinct=%d/%v empty=%v orders=%v %d%% %s | %.60q\n", c.Name, c.Type, c.Format, c.Separator, c.Filled, c.Blank, c.Distinct, c.DistinctExact, c.Nothing, c.DateOrders, c.Sure, c.Why, strings.Join(c.Samples, "|"))
			}
		}
		for _, o := range x.Outputs {
			fmt.Printf("   -> %s key=%v %s cols=%v as=%v where=%v file=%q | %s\n", o.Object, o.Key, o.Repeats, o.Columns, o.As, o.Where, o.FileColumn, o.Why)
			for _, l := range o.Links {
				fmt.Printf("      %s -> %v by %q: %d matched, %d not | %s\n", l.Column, l.To, l.By, l.Matched, l.Orphans, l.Why)
			}
		}
	}
}
