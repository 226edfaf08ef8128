package sample

// Truth counts what is in an export, and what is wrong with it on purpose.
type Truth struct {
	Company       string `json:"company"`
	Seed          uint64 `json:"seed"`
	Organizations int    `json:"organizations"`
	Contacts      int    `json:"contacts"`
	Agents        int    `json:"agents"`
	Groups        int    `json:"groups"`
	Tickets       int    `json:"tickets"`  // readable rows
	Messages      int    `json:"messages"` // readable rows, those without a ticket included

	People      PeopleTruth     `json:"people"`
	TicketMess  TicketTruth     `json:"ticketMess"`
	MessageMess MessageTruth    `json:"messageMess"`
	Attachments AttachmentTruth `json:"attachments"`
}

// PeopleTruth counts the mess among contacts and agents.
type PeopleTruth struct {
	DuplicateContacts int `json:"duplicateContacts"` // same e-mail as an earlier contact once trimmed and lower-cased
	WithoutEmail      int `json:"withoutEmail"`
	BrokenEmail       int `json:"brokenEmail"`
	AgentsWhoLeft     int `json:"agentsWhoLeft"`
}

// TicketTruth counts the mess among tickets.
type TicketTruth struct {
	BrokenRows        []BrokenRow    `json:"brokenRows"` // besides the readable ones
	Statuses          []Status       `json:"statuses"`
	PerYear           map[string]int `json:"perYear"`
	Spam              int            `json:"spam"`
	Test              int            `json:"test"`
	WithoutRequester  int            `json:"withoutRequester"`
	UnknownRequester  int            `json:"unknownRequester"`
	OwnedByLeavers    int            `json:"ownedByLeavers"`
	Unassigned        int            `json:"unassigned"`
	TagCells          int            `json:"tagCells"`          // not empty
	TagsWithComma     int            `json:"tagsWithComma"`     // cells holding a tag that has a comma inside
	PromisedDayFirst  int            `json:"promisedDayFirst"`  // first part above 12
	PromisedMonth     int            `json:"promisedMonth"`     // second part above 12
	PromisedAmbiguous int            `json:"promisedAmbiguous"` // cannot be told from the value
	PromisedNoDate    int            `json:"promisedNoDate"`    // prose and impossible dates
	FormulaSubjects   int            `json:"formulaSubjects"`   // begin with = + - @
	MojibakeSubjects  int            `json:"mojibakeSubjects"`
	HebrewSubjects    int            `json:"hebrewSubjects"`
	ArabicSubjects    int            `json:"arabicSubjects"`
	HanSubjects       int            `json:"hanSubjects"`
	EmojiSubjects     int            `json:"emojiSubjects"`
	EmptySubjects     int            `json:"emptySubjects"`
	LongOrderNumbers  int            `json:"longOrderNumbers"` // 20 digits
}

// BrokenRow is a line of tickets.csv that no reader can make sense of.
type BrokenRow struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Status is one spelling found in the status column, and what it stands for.
type Status struct {
	Value   string `json:"value"`
	Means   string `json:"means"`
	Tickets int    `json:"tickets"`
}

// MessageTruth counts the mess among messages.
type MessageTruth struct {
	Public         int    `json:"public"`
	Internal       int    `json:"internal"`
	WithoutTicket  int    `json:"withoutTicket"` // the ticket does not exist
	WithoutAuthor  int    `json:"withoutAuthor"`
	UnknownAuthor  int    `json:"unknownAuthor"`
	WithScript     int    `json:"withScript"` // hostile markup
	InlineImages   int    `json:"inlineImages"`
	DanglingInline int    `json:"danglingInline"` // cid of no attachment
	LongestThread  int    `json:"longestThread"`
	LongestTicket  string `json:"longestTicket"`
	LongestBody    int    `json:"longestBody"` // bytes
}

// AttachmentTruth counts the mess among attachments.
type AttachmentTruth struct {
	Rows           int `json:"rows"`
	Files          int `json:"files"`
	Missing        int `json:"missing"`     // listed, inside the export, not there
	Outside        int `json:"outside"`     // the path leads out of the export
	NameEscapes    int `json:"nameEscapes"` // the name has ../ but the path is fine
	Empty          int `json:"empty"`
	DistinctBodies int `json:"distinctBodies"` // of the files that exist
	NonASCIINames  int `json:"nonAsciiNames"`
	WrongSize      int `json:"wrongSize"`
	WrongType      int `json:"wrongType"`
	Inline         int `json:"inline"`
}
