package contract

import (
	"testing"
)

// TestOpen_readsEachDescription would fail for a description that the library cannot read.
func TestOpen_readsEachDescription(t *testing.T) {
	for name, base := range map[string]string{"zendesk.yaml": "", "front.json": "", "intercom.yaml": "", "freshdesk.yaml": "/api/v2"} {
		t.Run(name, func(t *testing.T) { Open(t, name, base) })
	}
}
