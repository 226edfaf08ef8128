// Command generate writes the sample project's export.
//
//	go run ./assets/sample/generate -out assets/sample
//	go run ./assets/sample/generate -out /tmp/big -tickets 100000 -messages 400000 -ndjson
//
// It writes OUT/export and OUT/truth.json.
package main

import (
	"flag"
	"fmt"
	"os"

	"waybill/assets/sample"
)

func main() {
	def := sample.Default()
	out := flag.String("out", "", "folder to write into")
	tickets := flag.Int("tickets", def.Tickets, "how many tickets")
	messages := flag.Int("messages", 0, "how many messages (0: 3.2 a ticket)")
	contacts := flag.Int("contacts", 0, "how many contacts (0: grows with the tickets, at least 1,200)")
	seed := flag.Uint64("seed", def.Seed, "the same seed gives the same bytes")
	ndjson := flag.Bool("ndjson", false, "write tickets.ndjson in place of tickets.csv")
	flag.Parse()
	if *out == "" {
		flag.Usage()
		os.Exit(2)
	}
	o := sample.Options{Tickets: *tickets, Messages: *messages, Contacts: *contacts, Seed: *seed, NDJSON: *ndjson}
	truth, err := sample.Write(*out, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
	fmt.Printf("%d organizations, %d contacts, %d tickets, %d messages, %d attachments\n",
		truth.Organizations, truth.Contacts, truth.Tickets, truth.Messages, truth.Attachments.Rows)
}
