package formula_test

import (
	"testing"
	"time"

	"waybill/backend/formula"
)

func TestParseDate(t *testing.T) {
	tests := []struct {
		text, format, zone string
		want               string // RFC 3339 with fraction, a day, or "" for no date
	}{
		{"2020-04-03", "", "", "2020-04-03"},
		{"2020-04-03T14:05", "", "", "2020-04-03T14:05:00Z"},
		{"2020-04-03 14:05:09", "", "", "2020-04-03T14:05:09Z"},
		{"2020-04-03 14:05:09", "", "Europe/Berlin", "2020-04-03T12:05:09Z"},
		{"2020-04-03T14:05:09.123456789+02:00", "", "Asia/Tokyo", "2020-04-03T12:05:09.123456789Z"},
		{"2020-04-03T14:05:09-0330", "", "", "2020-04-03T17:35:09Z"},
		{"2020-04-03 14:05:09 UTC", "", "", "2020-04-03T14:05:09Z"},
		{"20200403T140509Z", "", "", "2020-04-03T14:05:09Z"},
		{"20200403", "", "", "2020-04-03"},
		{"2020-02-30", "", "", ""},
		{"2020-13-01", "", "", ""},
		{"2020-04-03x", "", "", ""},
		{"2020-04", "", "", ""},
		{"", "", "", ""},
		{"29-02-2016 01:16", "DD-MM-YYYY HH:mm", "", "2016-02-29T01:16:00Z"},
		{"29-02-2015 01:16", "DD-MM-YYYY HH:mm", "", ""},
		{"3.4.2020", "D.M.YYYY", "", "2020-04-03"},
		{"3.4.2020", "DD.MM.YYYY", "", "2020-04-03"},
		{"03.04.2020 ", "dd.mm.yyyy", "", "2020-04-03"},
		{"03.04.2020 7:08", "dd.mm.yyyy hh:mm", "", "2020-04-03T07:08:00Z"},
		{"03.04.2020 07:08", "DD.MM.YYYY HH:MM", "", "2020-04-03T07:08:00Z"},
		{"07:08 03.04.2020", "HH:MM DD.MM.YYYY", "", "2020-04-03T07:08:00Z"},
		{"03.04.2020 07:08:09", "DD.MM.YYYY HH:MM:SS", "", "2020-04-03T07:08:09Z"},
		{"4/3/20 2:05 PM", "M/D/YY h:mm AM/PM", "", "2020-04-03T14:05:00Z"},
		{"4/3/20 12:05 am", "M/D/YY h:mm A", "", "2020-04-03T00:05:00Z"},
		{"4/3/20 13:05 PM", "M/D/YY h:mm AM/PM", "", ""},
		{"4/3/71", "M/D/YY", "", "1971-04-03"},
		{"3 Apr 2020", "D MMM YYYY", "", "2020-04-03"},
		{"3. März 2020", "D. MMMM YYYY", "", "2020-03-03"},
		{"Fri, 03 Apr 2020 14:05:09 +0200", "ddd, DD MMM YYYY HH:mm:ss Z", "", "2020-04-03T12:05:09Z"},
		{"2020-04-03T14:05:09.5Z", "YYYY-MM-DDTHH:mm:ss.SSSZ", "", "2020-04-03T14:05:09.5Z"},
		{"20200403140509", "YYYYMMDDHHmmss", "", "2020-04-03T14:05:09Z"},
		{"2020040314", "YYYYMMDDHHmmss", "", ""},
		{"1585922709", "X", "", "2020-04-03T14:05:09Z"},
		{"1701806790.536", "X", "", "2023-12-05T20:06:30.536Z"},
		{"-1.25", "X", "", "1969-12-31T23:59:58.75Z"},
		{"1585922709500", "x", "", "2020-04-03T14:05:09.5Z"},
		{"04/2020", "MM/YYYY", "", "2020-04-01"},
		{"2020-04-03 um 14:05", "YYYY-MM-DD 'um' HH:mm", "", "2020-04-03T14:05:00Z"},
		{"3.4.2020   14:05", "D.M.YYYY HH:mm", "", "2020-04-03T14:05:00Z"},
		{"2020-04-03 24:00", "YYYY-MM-DD HH:mm", "", "2020-04-04T00:00:00Z"},
		{"2020-04-03 24:01", "YYYY-MM-DD HH:mm", "", ""},
		{"31-12-2016 23:59:60", "DD-MM-YYYY HH:mm:ss", "", "2017-01-01T00:00:00Z"},
		{"03.04.2020 14:05", "DD.MM.YYYY", "", ""},
	}
	for _, tt := range tests {
		at, day, err := formula.ParseDate(tt.text, tt.format, tt.zone)
		got := ""
		switch {
		case err != nil:
		case day:
			got = at.Format(time.DateOnly)
		default:
			got = at.Format(time.RFC3339Nano)
		}
		if got != tt.want {
			t.Errorf("%q as %q in %q: got %q, want %q (%v)", tt.text, tt.format, tt.zone, got, tt.want, err)
		}
	}
}

func TestDateFormatMistakes(t *testing.T) {
	for _, f := range []string{"DD.MM", "foo", "YYYY", "DD.MM.YYYY YY", "MM/MM/YYYY", "YYYY-MM-DD 'x", "QQ", "YYYYY-MM-DD"} {
		if _, err := formula.NewDateFormat(f, ""); err == nil {
			t.Errorf("%q was accepted", f)
		}
	}
	for _, z := range []string{"Local", "Mars/Olympus", "../etc/passwd"} {
		if _, err := formula.NewDateFormat("YYYY-MM-DD", z); err == nil {
			t.Errorf("zone %q was accepted", z)
		}
	}
}

func FuzzDate(f *testing.F) {
	f.Add("29-02-2016 01:16", "DD-MM-YYYY HH:mm")
	f.Add("4/3/20 2:05 PM", "M/D/YY h:mm AM/PM")
	f.Add("1585922709", "X")
	f.Add("2020-04-03T14:05:09.5Z", "")
	f.Fuzz(func(t *testing.T, text, format string) {
		d, err := formula.NewDateFormat(format, "Europe/Berlin")
		if err != nil {
			return
		}
		at, day, err := d.Parse(text)
		if err != nil {
			return
		}
		if at.Location() != time.UTC {
			t.Fatalf("%q as %q is not in UTC: %v", text, format, at)
		}
		if day && !at.Equal(at.Truncate(24*time.Hour)) {
			t.Fatalf("%q as %q is a day with a time: %v", text, format, at)
		}
	})
}

func BenchmarkDate(b *testing.B) {
	d, err := formula.NewDateFormat("DD-MM-YYYY HH:mm", "")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := d.Parse("29-02-2016 01:16"); err != nil {
			b.Fatal(err)
		}
	}
}
