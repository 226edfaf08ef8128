package report

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/jung-kurt/gofpdf"
)

// samples of scripts whose letters join, stack or change places.
var samples = []struct{ name, text string }{
	{"Arabic", "لم يصل طلبي رقم 4711 بعد، أين هو؟"},
	{"Persian", "می‌خواهم سفارش را لغو کنم"},
	{"Urdu", "میرا آرڈر کہاں ہے"},
	{"Hebrew", "שָׁלוֹם, איפה ההזמנה שלי (מספר 12)?"},
	{"Hindi", "मेरा ऑर्डर कहाँ है? कृपया बताइए"},
	{"Bengali", "আমার অর্ডার কোথায়"},
	{"Gujarati", "મારો ઓર્ડર ક્યાં છે"},
	{"Punjabi", "ਮੇਰਾ ਆਰਡਰ ਕਿੱਥੇ ਹੈ"},
	{"Tamil", "எனது ஆர்டர் எங்கே"},
	{"Telugu", "నా ఆర్డర్ ఎక్కడ ఉంది"},
	{"Kannada", "ನನ್ನ ಆರ್ಡರ್ ಎಲ್ಲಿದೆ"},
	{"Malayalam", "എന്റെ ഓർഡർ എവിടെ"},
	{"Sinhala", "මගේ ඇණවුම කොහෙද"},
	{"Thai", "สินค้าของฉันอยู่ที่ไหน"},
	{"Lao", "ສິນຄ້າຂອງຂ້ອຍຢູ່ໃສ"},
	{"Khmer", "ការបញ្ជាទិញរបស់ខ្ញុំនៅឯណា"},
	{"Burmese", "ကျွန်ုပ်၏အော်ဒါဘယ်မှာလဲ"},
	{"Armenian", "Որտե՞ղ է իմ պատվերը"},
	{"Georgian", "სად არის ჩემი შეკვეთა"},
	{"Amharic", "ትዕዛዜ የት ነው"},
	{"Chinese", "帐篷的拉链坏了"},
	{"Korean", "주문이 어디에 있나요"},
	{"Greek", "Πού είναι η παραγγελία μου"},
}

// sheet prints every sample, plain and strong.
func sheet(t *testing.T) (doc []byte, p *paper) {
	t.Helper()
	pdf := gofpdf.New("P", "pt", "A4", "")
	pdf.SetCatalogSort(true)
	p = newPaper(pdf)
	p.page()
	for _, s := range samples {
		p.text(s.name+": "+s.text+" (end)", body.at(12))
		p.text(s.text, body.at(12).in(strong))
	}
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), p
}

// No sample needs a stand-in, and what must be shaped is.
func TestScriptsAreShaped(t *testing.T) {
	_, p := sheet(t)
	if p.standIn > 0 {
		t.Errorf("%d stand-ins", p.standIn)
	}
	for _, s := range samples[:17] {
		drawn := 0
		for _, c := range p.shape(s.text, regular) {
			if c.drawn != nil {
				drawn++
			}
		}
		if drawn == 0 {
			t.Errorf("%s is not shaped", s.name)
		}
	}
	if first, again := p.shape("سلام", regular), p.shape("س ل ا م", regular); first[0].width >= again[0].width+again[2].width+again[4].width+again[6].width {
		t.Error("joined letters are as wide as single ones")
	}
}

// What is drawn as outlines can be found and copied as text (poppler's pdftotext).
func TestShapedTextIsExtracted(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed here; build/setup test installs it")
	}
	doc, _ := sheet(t)
	file := filepath.Join(t.TempDir(), "scripts.pdf")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), tool, "-raw", file, "-").Output() //nolint:gosec // found on the path
	if err != nil {
		t.Fatal(err)
	}
	// Vowel signs of right-to-left scripts may be given before or after their letter.
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.Is(unicode.M, r) && (unicode.Is(unicode.Hebrew, r) || unicode.Is(unicode.Arabic, r)) {
				return -1
			}
			return r
		}, s)
	}
	squeeze := strings.NewReplacer(" ", "", "\n", "", "\u200c", "", "\u200d", "", "\u202a", "", "\u202b", "", "\u202c", "", "\u200e", "", "\u200f", "")
	got := letters(squeeze.Replace(string(out)))
	for _, s := range samples {
		// pdftotext does not turn words of two letters around.
		for _, word := range strings.FieldsFunc(s.text, func(r rune) bool { return strings.ContainsRune(" ?؟،,()", r) }) {
			if word := []rune(word); len(word) < 3 {
				continue
			}
			if !strings.Contains(got, letters(squeeze.Replace(word))) {
				t.Errorf("%s: %q cannot be found in the text of the PDF", s.name, word)
			}
		}
	}
	if dir := os.Getenv("REPORT_SHEET"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "scripts.pdf"), doc, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestShapingIsReproducible(t *testing.T) {
	a, _ := sheet(t)
	b, _ := sheet(t)
	// gofpdf puts the present time into a document that was given none.
	cut := func(b []byte) []byte { return b[:bytes.LastIndex(b, []byte("/CreationDate"))] }
	if !bytes.Equal(cut(a), cut(b)) {
		t.Error("the same text is shaped in two ways")
	}
}
