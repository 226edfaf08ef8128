package report

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/go-text/typesetting/font"

	"waybill/assets"
)

// face knows which characters a font has and how wide they are, so that the
// typesetter can choose and measure without asking gofpdf, which answers wrongly
// for what is missing and panics above U+FFFF.
type face struct {
	name assets.Face
	file []byte
	adv  []int32 // thousandths of the size; -1: the font lacks it

	once sync.Once // guards what the shaping library reads of it
	font *font.Font
	err  error
}

func (f *face) has(r rune) bool { return r >= 0 && r <= 0xffff && f.adv[r] >= 0 }

var (
	facesMu sync.Mutex
	faces   = map[assets.Face]*face{}
)

// loadFace reads an embedded font once.
func loadFace(name assets.Face) (*face, error) {
	facesMu.Lock()
	defer facesMu.Unlock()
	if f, ok := faces[name]; ok {
		return f, nil
	}
	b, err := assets.Font(name)
	if err != nil {
		return nil, err
	}
	f := &face{name: name, file: b}
	if err := f.measure(); err != nil {
		return nil, fmt.Errorf("font %s: %w", name, err)
	}
	faces[name] = f
	return f, nil
}

var errFont = errors.New("not a TrueType font that the report can read")

func (f *face) measure() (err error) {
	defer func() {
		if recover() != nil { // an index beyond a damaged file
			err = errFont
		}
	}()
	u16 := func(b []byte) int { return int(binary.BigEndian.Uint16(b)) }
	tables := map[string][]byte{}
	for i := range u16(f.file[4:]) {
		e := f.file[12+16*i:]
		at, size := binary.BigEndian.Uint32(e[8:]), binary.BigEndian.Uint32(e[12:])
		tables[string(e[:4])] = f.file[at : at+size]
	}
	perEm, metrics := float64(u16(tables["head"][18:])), u16(tables["hhea"][34:])
	advance := func(glyph int) int32 {
		a := u16(tables["hmtx"][4*min(glyph, metrics-1):])
		return int32(math.Round(float64(a) * 1000 / perEm))
	}
	f.adv = make([]int32, 1<<16)
	for i := range f.adv {
		f.adv[i] = -1
	}
	cmap := tables["cmap"]
	for i := range u16(cmap[2:]) {
		e := cmap[4+8*i:]
		sub := cmap[binary.BigEndian.Uint32(e[4:]):]
		unicode := u16(e) == 0 || (u16(e) == 3 && u16(e[2:]) == 1)
		if !unicode || u16(sub) != 4 { // gofpdf reads format 4 only
			continue
		}
		segments := u16(sub[6:]) / 2
		ends, starts := sub[14:], sub[16+2*segments:]
		deltas, offsets := sub[16+4*segments:], sub[16+6*segments:]
		for s := range segments {
			for r := u16(starts[2*s:]); r <= u16(ends[2*s:]) && r < 0xffff; r++ {
				glyph := r + u16(deltas[2*s:])
				if o := u16(offsets[2*s:]); o != 0 {
					if glyph = u16(offsets[2*s+o+2*(r-u16(starts[2*s:])):]); glyph != 0 {
						glyph += u16(deltas[2*s:])
					}
				}
				if glyph&0xffff != 0 {
					f.adv[r] = advance(glyph & 0xffff)
				}
			}
		}
		return nil
	}
	return errFont
}
