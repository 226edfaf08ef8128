package mapping_test

import (
	"slices"
	"strings"
	"testing"

	"waybill/backend/mapping"
)

// FuzzSplitCell: whatever stands in a cell, its values are neither empty nor blank at their
// ends, none has characters that the cell has not, and values that are written back in
// quotation marks come out again (P-59).
func FuzzSplitCell(f *testing.F) {
	for _, c := range []string{
		"", "a", "a,b", ` red , "green, light",blue`, `"a""b",c`, `5" disk,3" disk`, `"open`, `"a"x,b`, `"",,""`, "\t\"a\" \t,b", `a;"b;c"`, `"a" , "b"`, "ä,\u00a0,ö", `""""`,
	} {
		f.Add(c, ",")
		f.Add(c, ";")
		f.Add(c, ", ")
	}
	f.Add("a||b|\"c|d\"", "||")
	f.Add("a", "")
	f.Add(`"" "`, `"`)
	f.Fuzz(func(t *testing.T, cell, separator string) {
		parts := mapping.SplitCell(cell, separator)
		size := 0
		for _, p := range parts {
			size += len(p)
			if p == "" || strings.TrimSpace(p) != p {
				t.Fatalf("%q by %q has the value %q", cell, separator, p)
			}
			for _, c := range p {
				if !strings.ContainsRune(cell, c) && strings.ToValidUTF8(cell, "") == cell {
					t.Fatalf("%q by %q has %q, which is not in it", cell, separator, c)
				}
			}
		}
		if size > len(cell) {
			t.Fatalf("%q by %q becomes longer: %q", cell, separator, parts)
		}
		if separator == "" || strings.Contains(separator, `"`) {
			return
		}
		quoted := make([]string, len(parts))
		for i, p := range parts {
			quoted[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
		}
		if again := mapping.SplitCell(strings.Join(quoted, separator), separator); !slices.Equal(again, parts) {
			t.Fatalf("%q by %q gives %q, and written back %q", cell, separator, parts, again)
		}
	})
}
