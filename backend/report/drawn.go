package report

import (
	"strconv"
	"strings"

	"waybill/backend/problem"
)

// A drawn signature is a text: strokes parted by ';', their points by ' ', each "x,y" on a
// field of DrawnWidth by DrawnHeight, from the top left.
const (
	DrawnWidth  = 1000
	DrawnHeight = 300
	drawnBytes  = 60_000
)

type point struct{ x, y float64 }

// readDrawn reads a drawn signature; an empty text is none.
func readDrawn(s string) ([][]point, error) {
	bad := func(what string) error {
		return problem.New("approval.drawn", "The drawn signature cannot be read.", what, "Draw it again, or sign with your name alone.")
	}
	if s == "" {
		return nil, nil
	}
	if len(s) > drawnBytes {
		return nil, bad("It has too many strokes.")
	}
	var out [][]point
	for stroke := range strings.SplitSeq(s, ";") {
		var line []point
		for p := range strings.SplitSeq(strings.TrimSpace(stroke), " ") {
			a, b, ok := strings.Cut(p, ",")
			x, errX := strconv.Atoi(a)
			y, errY := strconv.Atoi(b)
			if !ok || errX != nil || errY != nil || x < 0 || x > DrawnWidth || y < 0 || y > DrawnHeight {
				return nil, bad("A point lies outside the field.")
			}
			line = append(line, point{float64(x), float64(y)})
		}
		out = append(out, line)
	}
	return out, nil
}

// CheckDrawn says why a text is no drawn signature.
func CheckDrawn(s string) error {
	_, err := readDrawn(s)
	return err
}

// signature draws the strokes into a box, as large as they fit.
func (p *paper) signature(s string, x, y, w, h float64) {
	strokes, err := readDrawn(s)
	if err != nil || len(strokes) == 0 {
		return // a bad one was refused before it was stored; a damaged project prints without it
	}
	scale := min(w/DrawnWidth, h/DrawnHeight)
	p.pdf.SetDrawColor(ink[0], ink[1], ink[2])
	p.pdf.SetLineWidth(0.9)
	p.pdf.SetLineCapStyle("round")
	p.pdf.SetLineJoinStyle("round")
	for _, line := range strokes {
		var xy []float64
		for _, a := range line {
			xy = append(xy, x+a.x*scale, y+a.y*scale)
		}
		if len(line) == 1 { // a dot
			xy = append(xy, xy[0]+0.1, xy[1])
		}
		p.stroke(xy...)
	}
	p.pdf.SetLineCapStyle("butt")
	p.pdf.SetLineJoinStyle("miter")
}

// signature is the same for a page.
func (h *html) signature(s, name string) {
	strokes, err := readDrawn(s)
	if err != nil || len(strokes) == 0 {
		return
	}
	h.put("<svg class=drawn role=img aria-label=\"Drawn signature of %s\" viewBox=\"0 0 %d %d\"><path d=\"", h.text(name), DrawnWidth, DrawnHeight)
	for _, line := range strokes {
		for i, a := range line {
			c := "L"
			if i == 0 {
				c = "M"
			}
			h.put("%s%g %g", c, a.x, a.y)
		}
		if len(line) == 1 {
			h.put("l1 0")
		}
	}
	h.put("\"/></svg>")
}
