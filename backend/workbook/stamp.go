package workbook

import (
	"io"
	"strconv"

	"waybill/backend/problem"
)

// Inspect reads where a mapping workbook belongs.
func Inspect(r io.ReaderAt, size int64) (Stamp, error) {
	b, bad := open(r, size)
	if bad != nil {
		return Stamp{}, bad
	}
	defer b.close()
	s, bad := b.stamp(kindMapping)
	if bad != nil {
		return Stamp{}, bad
	}
	return s, nil
}

// stamp reads the hidden sheet, and refuses what is no workbook of this kind.
func (b *book) stamp(k kind) (Stamp, *problem.Problem) {
	g, bad := b.read(sheetStamp)
	if bad != nil || len(g) == 0 || g.at(0, 0) != "waybill" || g.at(0, 1) != k.id {
		return Stamp{}, refuse(CodeNotOurs, "This is not a "+k.is+".", "Its hidden sheet is missing, which says where it belongs, or says something else. "+nothingTaken,
			"Export "+k.again+" again, and "+k.then+".")
	}
	var s Stamp
	for i := range g {
		switch v := g.at(i, 1); g.at(i, 0) {
		case "template":
			s.Template = v
		case "project":
			s.ProjectID = v
		case "name":
			s.ProjectName = v
		case "version":
			n, err := strconv.Atoi(v)
			if err != nil {
				return s, damaged(err)
			}
			s.Version = n
		case "hash":
			s.Hash = v
		}
	}
	return s, nil
}

// ours reads the stamp, and refuses a workbook of another project or another layout.
func (b *book) ours(k kind, want Identity) (Stamp, *problem.Problem) {
	s, bad := b.stamp(k)
	switch {
	case bad != nil:
		return s, bad
	case s.ProjectID != want.ProjectID:
		return s, refuse(CodeOtherProject, "This workbook belongs to another project, “"+clip(s.ProjectName)+"”.",
			"Its "+k.holds+" would not fit here. "+nothingTaken, "Open that project, or choose the workbook of “"+want.ProjectName+"”.")
	case s.Template != Template:
		return s, refuse(CodeTemplate, "This workbook was made by another version of Waybill.",
			"Its layout is not the one that this version reads. "+nothingTaken, "Export "+k.again+" again, and bring the "+k.holds+" over.")
	}
	return s, nil
}

// fits is ours, and refuses what was made from another state; what and why say how it came.
func (b *book) fits(k kind, want Identity, state, what, why string) *problem.Problem {
	s, bad := b.ours(k, want)
	if bad == nil && s.Hash != state {
		bad = refuse(CodeStale, what, why+" "+nothingTaken, "Export "+k.again+" again, and bring over the "+k.holds+" that still fit.")
	}
	return bad
}
