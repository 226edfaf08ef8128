package profile

import (
	"bytes"
	"sort"
	"unicode"
	"unicode/utf8"
)

// Share is one class of a field's values and how many there are.
type Share struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// commonWords are small words that one language has and the others hardly.
var commonWords = map[string][]string{
	"English":    {"the", "and", "is", "you", "for", "this", "with", "have", "not", "was", "are", "please", "my", "your", "to", "of"},
	"German":     {"und", "der", "die", "das", "nicht", "ist", "ich", "sie", "mit", "auf", "ein", "eine", "wir", "bitte", "für", "den"},
	"French":     {"le", "les", "et", "est", "vous", "je", "pour", "dans", "une", "pas", "nous", "votre", "avec", "des", "du", "bonjour"},
	"Spanish":    {"el", "los", "las", "y", "por", "para", "una", "con", "su", "está", "usted", "mi", "gracias", "pero", "del", "hola"},
	"Italian":    {"il", "gli", "che", "non", "per", "sono", "una", "della", "grazie", "mi", "ho", "è", "questo", "nel", "anche", "buongiorno"},
	"Portuguese": {"os", "não", "uma", "você", "com", "para", "obrigado", "meu", "está", "ao", "mais", "isso", "em", "olá", "foi", "do"},
	"Dutch":      {"het", "een", "niet", "van", "dat", "ik", "zijn", "voor", "op", "met", "wij", "graag", "maar", "naar", "bedankt", "de"},
	"Swedish":    {"och", "att", "det", "inte", "jag", "är", "som", "på", "har", "med", "vi", "ett", "kan", "tack", "hej", "för"},
	"Danish":     {"og", "ikke", "jeg", "det", "er", "på", "til", "har", "af", "vi", "en", "kan", "tak", "hej", "være", "mig"},
	"Polish":     {"nie", "jest", "się", "na", "że", "do", "proszę", "dziękuję", "czy", "jak", "mam", "ale", "tak", "dla", "jestem", "od"},
}

var wordLanguages = func() map[string][]string {
	out := map[string][]string{}
	for lang, list := range commonWords {
		for _, w := range list {
			out[w] = append(out[w], lang)
		}
	}
	return out
}()

// Language guesses in which language a text is: by its script, and for Latin letters by
// small common words. Empty when the text is too short to tell.
func Language(text []byte) string {
	if s := script(text); s != "" {
		return s
	}
	text = text[:min(len(text), 600)]
	score, words := map[string]int{}, 0
	for _, w := range bytes.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		words++
		for _, l := range wordLanguages[string(bytes.ToLower(w))] {
			score[l]++
		}
	}
	if words < 5 {
		return ""
	}
	best, most, second := "", 0, 0
	for l, n := range score {
		switch {
		case n > most || n == most && l < best:
			best, most, second = l, n, max(second, most)
		case n > second:
			second = n
		}
	}
	if most < 2 || most == second {
		return ""
	}
	return best
}

// script names the writing of a text that is mostly not in Latin letters.
func script(text []byte) string {
	count := map[string]int{}
	letters := 0
	for i := 0; i < len(text) && letters < 200; {
		if text[i] < utf8.RuneSelf {
			if text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z' {
				letters++
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		i += n
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		for _, s := range []struct {
			name  string
			table *unicode.RangeTable
		}{
			{"Chinese or Japanese", unicode.Han},
			{"Japanese", unicode.Hiragana},
			{"Japanese", unicode.Katakana},
			{"Korean", unicode.Hangul},
			{"Cyrillic script", unicode.Cyrillic},
			{"Greek", unicode.Greek},
			{"Arabic script", unicode.Arabic},
			{"Hebrew", unicode.Hebrew},
			{"Thai", unicode.Thai},
			{"Hindi and its like", unicode.Devanagari},
		} {
			if unicode.Is(s.table, r) {
				count[s.name]++
				break
			}
		}
	}
	if count["Japanese"] > 0 {
		count["Japanese"] += count["Chinese or Japanese"]
		delete(count, "Chinese or Japanese")
	}
	for name, n := range count {
		if n*2 > letters {
			return name
		}
	}
	return ""
}

// shares lists counts, the most first.
func shares(of map[string]int64, most int) []Share {
	out := make([]Share, 0, len(of))
	for n, c := range of {
		if c > 0 {
			out = append(out, Share{n, c})
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Count != out[j].Count {
			return out[i].Count > out[j].Count
		}
		return out[i].Name < out[j].Name
	})
	return out[:min(len(out), most)]
}
