package model

import "testing"

func TestHasPhone_howeverItIsWritten(t *testing.T) {
	for _, written := range []string{"+49 731 550199", "0731/550199", "(0731) 55 01 99", "+49 (0)731-550199", "call 0049731550199 please", "tel:0731.55.01.99;x", "0731\u00a0550199", "order 1234567890123456789012345678901234567890123456789012345678901234567890 0731 550199"} {
		if !HasPhone([]byte(written), PhoneDigits("0731 550199")) {
			t.Errorf("not found: %q", written)
		}
	}
	for _, other := range []string{"", "0731 550198", "550199", "0731", "31 55 0198 but 731 5501", "7 3 1, 5 5 0 1 9 9 5"} {
		if HasPhone([]byte(other), PhoneDigits("0731 550199")) {
			t.Errorf("found in %q", other)
		}
	}
	for in, want := range map[string]string{"110": "", "+49 731 550199 x12": "31550199", "5550199": "5550199", "": ""} {
		if got := PhoneDigits(in); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
	if HasPhone([]byte("12345678"), "") {
		t.Error("nothing was found")
	}
}
