package assets

import _ "embed"

//go:embed icon.png
var icon []byte

// Icon is the app's picture for the window and the task bar: a PNG of 256 pixels.
func Icon() []byte { return append([]byte(nil), icon...) }
