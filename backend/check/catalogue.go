package check

// The checks.
const (
	Complete  = "balance"       // the manifest adds up and nothing waits
	Counted   = "counts"        // the target itself counts as many
	Arrived   = "arrived"       // every record that was sent is there
	Doubled   = "doubled"       // none is there twice
	Repeated  = "duplicates"    // nobody is there a second time under another mark
	Stray     = "stray"         // nothing of ours is there that the ledger does not know
	Buckets   = "bucket_counts" // as many in each month, status, group and channel
	Sums      = "sums"          // what is added up is the same
	Digest    = "checksums"     // one checksum over all contents
	Fields    = "fields"        // every mapped field holds what was meant
	Required  = "required"      // nothing is empty that must not be
	Accepted  = "accepted"      // values look as the mapping asks
	Formats   = "formats"       // addresses, numbers and dates can be read as such
	Options   = "options"       // choices are the ones that were meant, and none is "Unknown"
	Tags      = "tags"          // every tag
	WholeText = "texts_whole"   // no text was cut
	Encoding  = "encoding"      // no letter was damaged on the way
	Times     = "times"         // to the second
	Due       = "due_dates"     // of service levels
	Links     = "links"         // every pointer leads to the right record
	Orphans   = "orphans"       // and what it leads to is there
	Authors   = "authors"       // every message has its author
	Copies    = "copies"        // CC and followers
	Roles     = "roles"         // what people may do
	Privacy   = "private_notes" // no private note became public
	Order     = "thread_order"  // messages read in their order
	Present   = "files_present" // attachments can be fetched
	Content   = "file_content"  // attachments are the same bytes
	FileSize  = "file_size"     // of the size that was meant
	FileType  = "file_type"     // of the kind that was meant, by their content
	FileOpens = "file_opens"    // and can be opened
	Pictures  = "inline_images" // pictures in texts do not come from the old desk
	OldLinks  = "old_links"     // links in texts to what moved lead to the new desk
	Numbers   = "old_numbers"   // a record is found by its old number
	Drift     = "drift"         // nothing changed since the last check
	Swiftness = "speed"         // the target answers as quickly as before
	Kept      = "kept"          // what a person decided to leave as the target has it
)

// definition is what is said of a check.
type definition struct {
	title, why string
	// stop: nobody may go live with it.
	stop bool
	// waives says who may accept it.
	waives string
}

const (
	lead     = "the migration lead"
	business = "the business owner"
	privacy  = "the data protection officer"
)

var catalogue = map[string]definition{
	Complete:  {"The manifest balances", "Every source record must be accounted for.", false, business},
	Counted:   {"The target counts as many", "Its own number must not be smaller than ours.", false, business},
	Arrived:   {"Everything that was sent is there", "A missing record is a lost record.", false, business},
	Doubled:   {"Nothing is there twice", "A double would be answered twice.", false, business},
	Repeated:  {"Nobody was created a second time", "Two entries of one customer part their history.", false, business},
	Stray:     {"Nothing is there that Waybill does not know of", "Leftovers of an earlier try would be counted as real.", false, lead},
	Buckets:   {"As many in each month, status, group and channel", "Reports and queues are counted by these.", false, business},
	Sums:      {"Sums, earliest and latest are the same", "A sum shows what a list of records hides.", false, business},
	Digest:    {"One checksum over all contents is the same", "If it agrees, not a letter differs.", false, business},
	Fields:    {"Every field holds what was meant to arrive", "People decide by these values.", false, business},
	Required:  {"Nothing is empty that must be filled", "What must be filled is what people work by.", false, business},
	Accepted:  {"Values look as the mapping asks", "What the business asked for is proved on what arrived.", false, business},
	Formats:   {"Addresses, numbers and dates can be read", "A mail to a damaged address never arrives.", false, lead},
	Options:   {"Choices are the ones that were meant", "A record in a wrong state is worked on by the wrong people, or by nobody.", false, business},
	Tags:      {"Every tag is there", "Views and rules are built on them.", false, business},
	WholeText: {"No text was cut", "What is cut is lost, and nobody is told.", false, business},
	Encoding:  {"No letter was damaged on the way", "Names and languages must read as they were written.", false, business},
	Times:     {"Times are the original ones, to the second", "Reports and service levels are counted from them.", false, business},
	Due:       {"Due dates are the ones that were meant", "A wrong one makes a ticket overdue, and wakes people up.", false, business},
	Links:     {"Every record points to the right one", "A ticket of the wrong customer is worse than none.", false, business},
	Orphans:   {"Nothing points to what is not there", "Such a record cannot be opened from where it belongs.", false, business},
	Authors:   {"Every message has its author", "The history must say who wrote what.", false, business},
	Copies:    {"Everybody in copy and every follower is there", "They would stop hearing of their ticket, and not know why.", false, business},
	Roles:     {"People may do what they were meant to", "Too many rights are a danger, too few stop the work.", true, "the security officer"},
	Privacy:   {"No private note became public", "Customers must never see what was meant for colleagues.", true, ""},
	Order:     {"Conversations read in their order", "An answer before its question makes no sense.", false, business},
	Present:   {"Every attachment can be fetched", "A name without its file helps nobody.", false, business},
	Content:   {"Attachments are the same, byte for byte", "A file that is there but does not open is lost.", false, business},
	FileSize:  {"Attachments have their size", "A file of no bytes still shows its name.", false, business},
	FileType:  {"Attachments are what their content says", "A picture that became a page of text opens nowhere.", false, business},
	FileOpens: {"Pictures, PDFs and archives open", "A damaged file looks whole until somebody needs it.", false, business},
	Pictures:  {"Pictures in texts do not come from the old desk", "They vanish on the day on which it is switched off.", false, business},
	OldLinks:  {"Links in texts lead to the new desk", "The old desk will be switched off. Where the new one lets no text be changed, the table of old numbers leads on.", false, business},
	Numbers:   {"Records are found by their old numbers", "Customers and colleagues will go on to use them.", false, lead},
	Drift:     {"Nothing changed since the last check", "Somebody works in the target already, or it changes records by itself.", false, lead},
	Swiftness: {"The target answers as quickly as before", "People notice slowness on the first day.", false, lead},
	Kept:      {"Left as the target has it, because a person decided so", "Both desks changed it, or it is gone at the source; each is listed with its decision.", false, lead},
}

// orderOf lists the checks as the report shows them.
var orderOf = []string{
	Complete, Counted, Arrived, Doubled, Repeated, Stray, Buckets, Sums, Digest, Fields, Required, Accepted, Formats, Options, Tags, WholeText, Encoding, Times, Due, Links, Orphans,
	Authors, Copies, Roles, Privacy, Order, Present, Content, FileSize, FileType, FileOpens, Pictures, OldLinks, Numbers, Drift, Swiftness, Kept,
}

// Totals says whether a check compares figures over all records: it differs whenever one does.
func Totals(code string) bool { return code == Buckets || code == Sums || code == Digest }
