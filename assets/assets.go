// Package assets is the data that the app carries inside its binary: the fonts
// of the PDF and the sample project's export. It holds no logic.
//
// A *font* is a TrueType file; a *sample* is the made-up company's export that
// assets/sample writes.
package assets

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed fonts/*.ttf
var fonts embed.FS

//go:embed all:sample/export
var sample embed.FS

//go:embed sample/truth.json
var truth []byte

// Face names one embedded TrueType file.
type Face string

// The faces that ship. Sans and Mono set the report; Wide covers Greek, Cyrillic
// and symbols that Sans lacks; Han covers Chinese, Japanese, Korean; each of the
// others the script that it is named after.
const (
	Sans       Face = "IBMPlexSans-Regular"
	SansStrong Face = "IBMPlexSans-SemiBold"
	SansItalic Face = "IBMPlexSans-Italic"
	Mono       Face = "IBMPlexMono-Regular"
	Wide       Face = "DejaVuSans"
	WideStrong Face = "DejaVuSans-Bold"
	Han        Face = "DroidSansFallback"
	Arabic     Face = "NotoSansArabic-Regular"
	Hebrew     Face = "NotoSansHebrew-Regular"
	Devanagari Face = "NotoSansDevanagari-Regular"
	Bengali    Face = "NotoSansBengali-Regular"
	Gujarati   Face = "NotoSansGujarati-Regular"
	Gurmukhi   Face = "NotoSansGurmukhi-Regular"
	Tamil      Face = "NotoSansTamil-Regular"
	Telugu     Face = "NotoSansTelugu-Regular"
	Kannada    Face = "NotoSansKannada-Regular"
	Malayalam  Face = "NotoSansMalayalam-Regular"
	Sinhala    Face = "NotoSansSinhala-Regular"
	Thai       Face = "NotoSansThai-Regular"
	Lao        Face = "NotoSansLao-Regular"
	Khmer      Face = "NotoSansKhmer-Regular"
	Myanmar    Face = "NotoSansMyanmar-Regular"
	Armenian   Face = "NotoSansArmenian-Regular"
	Georgian   Face = "NotoSansGeorgian-Regular"
	Ethiopic   Face = "NotoSansEthiopic-Regular"
)

// Faces lists every face that ships.
func Faces() []Face {
	return []Face{
		Sans, SansStrong, SansItalic, Mono, Wide, WideStrong, Han,
		Arabic, Hebrew, Devanagari, Bengali, Gujarati, Gurmukhi, Tamil, Telugu, Kannada, Malayalam, Sinhala, Thai, Lao, Khmer, Myanmar, Armenian, Georgian, Ethiopic,
	}
}

// Font returns a fresh copy of a face's TrueType file; the caller may change it.
func Font(f Face) ([]byte, error) {
	b, err := fonts.ReadFile("fonts/" + string(f) + ".ttf")
	if err != nil {
		return nil, fmt.Errorf("assets: font %s: %w", f, err)
	}
	return b, nil
}

// Sample is the export of the made-up company: CSV and NDJSON files at the top,
// attachments under files/.
func Sample() fs.FS {
	sub, err := fs.Sub(sample, "sample/export")
	if err != nil {
		panic(err) // the path is a constant
	}
	return sub
}

// SampleTruth is the JSON that counts what is wrong with the sample on purpose;
// it reads into sample.Truth.
func SampleTruth() []byte { return append([]byte(nil), truth...) }
