package main

import (
	"io"
	"log/slog"
	"regexp"

	"github.com/wailsapp/wails/v2/pkg/logger"
)

// quietLogger is the log of the shell. Wails logs a failed call together with its
// arguments, which may hold a token or a customer's words; and a page may log what it
// likes. So of each message only its beginning is kept, up to the first sign of data.
//
// What the engine logs goes another way and is written with care by the engine.
type quietLogger struct{ to *slog.Logger }

var _ logger.Logger = (*quietLogger)(nil)

func newQuietLogger(w io.Writer) *quietLogger {
	return &quietLogger{slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))}
}

// data begins where a message stops being Wails' own words: a quote, a bracket, a
// digit, an address, or the arrow and colon after which a value follows.
var data = regexp.MustCompile(`["'{\[(<0-9@/\\=]|: |->`)

// longest is how much of Wails' own words is kept at most.
const longest = 80

// words cuts a message down to what cannot hold data.
func words(message string) string {
	cut := message
	if at := data.FindStringIndex(cut); at != nil {
		cut = cut[:at[0]]
	}
	if len(cut) > longest {
		cut = cut[:longest]
	}
	if cut != message {
		cut += " [cut]"
	}
	return cut
}

// Print drops its message: it comes from the pages without a level.
func (q *quietLogger) Print(string) {}

// Trace drops its message: it would hold whole calls.
func (q *quietLogger) Trace(string) {}

// Debug drops its message: it would hold whole calls.
func (q *quietLogger) Debug(string) {}

// Info notes the words of a message.
func (q *quietLogger) Info(message string) { q.to.Info("window", "says", words(message)) }

// Warning notes the words of a message.
func (q *quietLogger) Warning(message string) { q.to.Warn("window", "says", words(message)) }

// Error notes the words of a message.
func (q *quietLogger) Error(message string) { q.to.Error("window", "says", words(message)) }

// Fatal notes the words of a message. The default logger would end the process here,
// in the middle of a run; this one does not.
func (q *quietLogger) Fatal(message string) {
	q.to.Error("window", "says", words(message), "fatal", true)
}
