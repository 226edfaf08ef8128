package secret

// A passphrase is slow to try on purpose; a test need not wait for that.
func init() { workFactor = 10 }
