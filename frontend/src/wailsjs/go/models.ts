export namespace api {
	
	export interface Ability {
	    title: string;
	    can: boolean;
	}
	export interface Activity {
	    at: string;
	    person: string;
	    what: string;
	    detail: string;
	    hash: string;
	}
	export interface ApprovalView {
	    kind: string;
	    name: string;
	    role: string;
	    at: string;
	    statement: string;
	    drawn: string;
	}
	export interface BeforeAfter {
	    record: string;
	    before: string;
	    after: string;
	    problem?: problem.Problem;
	}
	export interface BeforeCount {
	    name: string;
	    before: string;
	    after: string;
	}
	export interface Sorting {
	    field: string;
	    desc: boolean;
	}
	export interface Narrowing {
	    field: string;
	    op: string;
	    value: string;
	}
	export interface Filter {
	    object: string;
	    fate?: string;
	    code?: string;
	    field?: string;
	    op?: string;
	    value?: string;
	    text?: string;
	    where?: Narrowing[];
	    sort?: Sorting[];
	    check?: string;
	    decision?: number;
	    plan?: string;
	    action?: string;
	    loss?: string;
	    change?: string;
	    run?: string;
	    rule?: string;
	    thread?: string;
	    words?: string;
	}
	export interface Figure {
	    value: number;
	    exact: boolean;
	    filter?: Filter;
	}
	export interface BrokenLink {
	    field: string;
	    to: string;
	    linked: Figure;
	    broken: Figure;
	}
	export interface Bucket {
	    label: string;
	    count: Figure;
	}
	export interface CanaryField {
	    field: string;
	    title: string;
	    meant: string;
	    found: string;
	    same: boolean;
	}
	export interface CanaryRecord {
	    object: string;
	    title: string;
	    id: string;
	    name: string;
	    target_id: string;
	    ok: boolean;
	    error: string;
	    fields: CanaryField[];
	    links: CanaryField[];
	}
	export interface CanaryView {
	    run: string;
	    target: string;
	    records: CanaryRecord[];
	    good: boolean;
	    known: boolean;
	    sent: number;
	    proof: string;
	    at: string;
	    rest: number;
	}
	export interface CappedView {
	    by: string;
	    value: string;
	    records: number;
	}
	export interface ErasedRecord {
	    object: string;
	    title: string;
	    count: number;
	}
	export interface CertificateView {
	    number: number;
	    at: string;
	    by: string;
	    why: string;
	    digest: string;
	    records: ErasedRecord[];
	    attachments: number;
	    files: number;
	    target: string[];
	    mentions: string[];
	    backups: string[];
	    one_word: number;
	}
	export interface CheckCost {
	    requests: number;
	    low_s: number;
	    high_s: number;
	    records: number;
	}
	export interface CheckPart {
	    by: string;
	    of: string;
	    expected: string;
	    found: string;
	    same: boolean;
	}
	export interface CheckWaiver {
	    by: string;
	    role: string;
	    at: string;
	    why: string;
	}
	export interface CheckItem {
	    code: string;
	    object: string;
	    title: string;
	    why: string;
	    looked_at: number;
	    failed: Figure;
	    threshold: number;
	    passed: boolean;
	    examples: string[];
	    good: number;
	    scope: string;
	    stop: boolean;
	    waives: string;
	    waiver?: CheckWaiver;
	    parts: CheckPart[];
	}
	
	export interface NotPossible {
	    object: string;
	    title: string;
	    why: string;
	}
	export interface EqualView {
	    code: string;
	    title: string;
	    why: string;
	    count: number;
	    on: boolean;
	}
	export interface CheckView {
	    at: string;
	    passed: boolean;
	    ran: boolean;
	    words: string;
	    checks: CheckItem[];
	    mode: string;
	    deep: string;
	    equal: EqualView[];
	    not_possible: NotPossible[];
	    breached: string[];
	}
	
	export interface ChoiceView {
	    value: string;
	    title: string;
	    means: string;
	}
	export interface CleanRule {
	    id: string;
	    object: string;
	    does: string;
	    title: string;
	    why: string;
	    count: Figure;
	    examples: string[];
	    settings: Record<string, string>;
	    applied: number;
	}
	export interface ClockHour {
	    at: string;
	    count: number;
	    total: number;
	}
	export interface NameValue {
	    name: string;
	    value: string;
	}
	export interface ClockView {
	    since: string;
	    total: number;
	    hours: ClockHour[];
	    objects: NameValue[];
	    at: string;
	}
	export interface ClusterView {
	    id: number;
	    band: string;
	    state: string;
	    name: string;
	    records: number;
	    score: number;
	}
	export interface ClustersView {
	    object: string;
	    title: string;
	    all: number;
	    groups: ClusterView[];
	}
	export interface Condition {
	    field: string;
	    op: string;
	    value: string;
	}
	export interface ConflictField {
	    field: string;
	    title: string;
	    wrote: string;
	    source: string;
	    target: string;
	    changed: boolean;
	}
	export interface ConflictRow {
	    seq: number;
	    object: string;
	    title: string;
	    id: string;
	    name: string;
	    target_id: string;
	    missing: boolean;
	    how: string;
	    into: string;
	    at: string;
	    choice: string;
	    choices: string[];
	    chosen_by: string;
	    why: string;
	    fields: ConflictField[];
	}
	export interface ConflictPage {
	    rows: ConflictRow[];
	    after: number;
	}
	
	export interface ConflictView {
	    what: string;
	    here: string;
	    there: string;
	}
	export interface CountView {
	    object: string;
	    title: string;
	    count: Figure;
	    unknown: boolean;
	    problem?: problem.Problem;
	}
	export interface DecisionView {
	    id: number;
	    title: string;
	    object: string;
	    does: string;
	    by: string;
	    at: string;
	    why: string;
	    count: Figure;
	    also: Figure[];
	    undone: boolean;
	}
	export interface DeltaRow {
	    object: string;
	    title: string;
	    new: Figure;
	    changed: Figure;
	    deleted: Figure;
	    merged: Figure;
	    redacted: Figure;
	    conflicts: Figure;
	    problems: Figure;
	    settled: Figure;
	}
	export interface DeltaView {
	    read: string;
	    moved: boolean;
	    objects: DeltaRow[];
	    plan: string;
	    started: boolean;
	    stale: boolean;
	    conflicts: number;
	    gone: number;
	    conflict_choices: ChoiceView[];
	    gone_choices: ChoiceView[];
	    conflict_default: string;
	    gone_default: string;
	}
	export interface Gap {
	    id: string;
	    object: string;
	    field: string;
	    what: string;
	    why: string;
	    can_create: boolean;
	    count: Figure;
	}
	export interface DeskView {
	    connected: boolean;
	    kind: string;
	    title: string;
	    address: string;
	    account: string;
	    as: string;
	    rights: string[];
	    missing: string[];
	    practice: boolean;
	    objects: NameValue[];
	    gaps: Gap[];
	    error?: problem.Problem;
	}
	export interface Difference {
	    object: string;
	    id: string;
	    name: string;
	    target_id: string;
	    field: string;
	    expected: string;
	    found: string;
	    after: string;
	}
	export interface DryBrief {
	    at: string;
	    held: number;
	    ready: number;
	    stale: boolean;
	}
	export interface DryView {
	    ran: boolean;
	    stale: boolean;
	    last: project.Validation;
	    fields: Record<string, string>;
	}
	
	
	export interface JobProblem {
	    code: string;
	    what: string;
	    count: number;
	    example: string;
	}
	export interface StageView {
	    name: string;
	    title: string;
	    done: number;
	    total: number;
	    failed: number;
	}
	export interface JobView {
	    id: string;
	    kind: string;
	    title: string;
	    state: string;
	    stage: string;
	    done: number;
	    total: number;
	    failed: number;
	    rate: number;
	    seconds_left: number;
	    left_low: number;
	    left_high: number;
	    started: string;
	    finished: string;
	    waiting: string;
	    error?: problem.Problem;
	    result: string;
	    can_stop: boolean;
	    stages: StageView[];
	    rates: number[];
	    requests: number[];
	    limit_per_minute: number;
	    problems: JobProblem[];
	    question: string;
	    seq: number;
	}
	export interface EventTypes {
	    job: JobView;
	    changed: string;
	}
	export interface EvidenceView {
	    words: string;
	    for: boolean;
	    weight: number;
	}
	export interface Fact {
	    name: string;
	    count: Figure;
	}
	export interface FindingView {
	    code: string;
	    object: string;
	    field: string;
	    severity: string;
	    what: string;
	    means: string;
	    fix: string;
	    page: string;
	    count: Figure;
	    examples: string[];
	    state: string;
	    by: string;
	    when: string;
	    why: string;
	}
	export interface ValueCount {
	    value: string;
	    count: Figure;
	}
	export interface FieldView {
	    name: string;
	    type: string;
	    filled: Figure;
	    blank: Figure;
	    empty: Figure;
	    distinct: Figure;
	    longest: number;
	    shortest: number;
	    top: ValueCount[];
	    format: string;
	    min: string;
	    max: string;
	}
	export interface FieldFacts {
	    object: string;
	    title: string;
	    rows: number;
	    field: FieldView;
	    same_as: string;
	    kinds: Fact[];
	    marks: Fact[];
	    patterns: Fact[];
	    patterns_all: boolean;
	    phones: Fact[];
	    currencies: Fact[];
	    languages: Fact[];
	    tags: Fact[];
	    tags_used: number;
	    tags_once: number;
	    numbers: Fact[];
	    low: string;
	    high: string;
	    places: number;
	    dates: Fact[];
	    orders: Fact[];
	    decided: string;
	    repairs: profile.Repaired[];
	    longest_bytes: number;
	    shortest_bytes: number;
	    findings: FindingView[];
	}
	export interface FieldMapView {
	    map: mapping.FieldMap;
	    target: model.Field;
	    words: string;
	    samples: BeforeAfter[];
	    problems: problem.Problem[];
	    held?: Figure;
	    held_why: string;
	}
	
	
	
	
	export interface FolderView {
	    folder: string;
	    commits: string[];
	}
	export interface FormView {
	    name: string;
	    title: string;
	    help: string;
	    placeholder: string;
	    required: boolean;
	    secret: boolean;
	    options: model.Choice[];
	    when: string;
	    address: boolean;
	    expert: boolean;
	}
	export interface FormulaFix {
	    label: string;
	    from: number;
	    to: number;
	    text: string;
	}
	export interface FormulaFunction {
	    name: string;
	    use: string;
	    help: string;
	    group: string;
	    own: boolean;
	    differs: string;
	    argument: number;
	}
	export interface FormulaHelp {
	    functions: FormulaFunction[];
	    differences: string;
	}
	export interface FormulaProposal {
	    kind: string;
	    label: string;
	    insert: string;
	    back: number;
	    use: string;
	    help: string;
	}
	export interface FormulaMistake {
	    problem?: problem.Problem;
	    from: number;
	    to: number;
	    fixes: FormulaFix[];
	}
	export interface FormulaPiece {
	    kind: string;
	    from: number;
	    to: number;
	}
	export interface FormulaLook {
	    pieces: FormulaPiece[];
	    mistake?: FormulaMistake;
	    from: number;
	    to: number;
	    proposals: FormulaProposal[];
	    within?: FormulaFunction;
	}
	
	
	
	export interface FoundPart {
	    text: string;
	    mark: boolean;
	}
	export interface FoundView {
	    record: string;
	    field: string;
	    parts: FoundPart[];
	}
	
	export interface HeldAnswer {
	    group: string;
	    repair: string;
	    value: string;
	}
	export interface HeldGroup {
	    code: string;
	    object: string;
	    field: string;
	    title: string;
	    why: string;
	    next: string;
	    page: string;
	    count: Figure;
	    examples: string[];
	}
	export interface HeldImport {
	    file: string;
	    answers: HeldAnswer[];
	    problems: problem.Problem[];
	    token: string;
	}
	export interface Need {
	    severity: string;
	    title: string;
	    detail: string;
	    page: string;
	    figure?: Figure;
	}
	export interface ManifestRow {
	    object: string;
	    title: string;
	    source: Figure;
	    moved: Figure;
	    merged: Figure;
	    archived: Figure;
	    left_out: Figure;
	    held: Figure;
	    pending: Figure;
	    target: Figure;
	    erased: number;
	    adds: boolean;
	    balances: boolean;
	}
	export interface Step {
	    title: string;
	    why: string;
	    page: string;
	    button: string;
	}
	export interface Task {
	    id: string;
	    title: string;
	    state: string;
	    page: string;
	    note: string;
	}
	export interface Phase {
	    number: number;
	    title: string;
	    state: string;
	    done: number;
	    total: number;
	    tasks: Task[];
	}
	export interface ProjectView {
	    name: string;
	    company: string;
	    path: string;
	    source: string;
	    target: string;
	    practice: boolean;
	    sample: boolean;
	}
	export interface Home {
	    project: ProjectView;
	    phases: Phase[];
	    next: Step;
	    manifest: ManifestRow[];
	    balances: boolean;
	    verdict: string;
	    needs: Need[];
	    job?: JobView;
	    activity: Activity[];
	}
	
	
	export interface StaysView {
	    fate: string;
	    count: number;
	}
	export interface KeptView {
	    id: number;
	    name: string;
	    place: string;
	    at: string;
	    by: string;
	    records: number;
	    files: number;
	    missing: number;
	    bytes: number;
	    parts: number;
	    encrypted: boolean;
	    tested: string;
	    tested_by: string;
	    passed: boolean;
	    compared: number;
	    opened: number;
	    seconds: number;
	    wrong: string[];
	}
	export interface PlaceSetting {
	    name: string;
	    title: string;
	    help: string;
	    secret: boolean;
	    optional: boolean;
	}
	export interface PlaceKind {
	    kind: string;
	    settings: PlaceSetting[];
	}
	export interface PlaceView {
	    kind: string;
	    settings: Record<string, string>;
	    has_secret: boolean;
	    words: string;
	}
	export interface KeepView {
	    place: PlaceView;
	    kinds: PlaceKind[];
	    backups: KeptView[];
	    staged: number;
	    stays: StaysView[];
	    erasures: CertificateView[];
	}
	
	export interface KindView {
	    name: string;
	    title: string;
	    source: boolean;
	    target: boolean;
	    practice: boolean;
	    files: boolean;
	    form: FormView[];
	    guide: string[];
	    before: string[];
	    as_source: Ability[];
	    as_target: Ability[];
	    plain: string[];
	    per_minute: number;
	}
	export interface LaterView {
	    decision: number;
	    title: string;
	    object: string;
	    does: string;
	    by: string;
	    at: string;
	    count: Figure;
	    also: NameValue[];
	    examples: string[];
	}
	export interface LinkView {
	    role: string;
	    object: string;
	    id: string;
	    name: string;
	    found: boolean;
	}
	export interface LossView {
	    code: string;
	    object: string;
	    field: string;
	    count: Figure;
	    what: string;
	    choice: string;
	    choices: ChoiceView[];
	    chosen_by: string;
	    chosen_at: string;
	    examples: string[];
	}
	
	export interface VersionView {
	    number: number;
	    hash: string;
	    author: string;
	    at: string;
	    reason: string;
	    changes: string[];
	    approved: string;
	}
	export interface ObjectMapView {
	    id: string;
	    when: string;
	    source: string;
	    source_title: string;
	    target: string;
	    target_title: string;
	    why: string;
	    rows: Figure;
	    left: number;
	    fields: FieldMapView[];
	    source_fields: model.Field[];
	    unused: string[];
	}
	export interface MappingView {
	    version: number;
	    hash: string;
	    changed: boolean;
	    changes: string[];
	    objects: ObjectMapView[];
	    source_objects: NameValue[];
	    target_objects: NameValue[];
	    problems: problem.Problem[];
	    left: number;
	    versions: VersionView[];
	    approved: string;
	    undo: string;
	    redo: string;
	    dry?: DryBrief;
	}
	export interface MessageView {
	    id: string;
	    author: string;
	    author_kind: string;
	    at: string;
	    private: boolean;
	    html: string;
	    attachments: NameValue[];
	}
	export interface NameTitle {
	    name: string;
	    title: string;
	    type: string;
	}
	
	
	
	export interface NewProject {
	    name: string;
	    company: string;
	    folder: string;
	}
	
	
	export interface ObjectName {
	    object: string;
	    title: string;
	}
	export interface ObjectView {
	    object: string;
	    title: string;
	    rows: Figure;
	    repeated_keys: Figure;
	    held: Figure;
	    broken_links: BrokenLink[];
	    fields: FieldView[];
	    ages: Bucket[];
	    findings: FindingView[];
	}
	export interface RuleCondition {
	    field: string;
	    op: string;
	    value: string;
	}
	export interface OwnRule {
	    object: string;
	    does: string;
	    where: RuleCondition[];
	    field: string;
	    how: string;
	    settings: Record<string, string>;
	}
	export interface OwnerLeft {
	    name: string;
	    field: string;
	    count: Figure;
	}
	export interface PersonFound {
	    names: string[];
	    records: ErasedRecord[];
	    phones: string[];
	    one_word: string[];
	}
	
	export interface PickedBackup {
	    folder: string;
	    name: string;
	}
	export interface PilotGroup {
	    name: string;
	    all: number;
	    covered: number;
	}
	export interface PilotRecord {
	    object: string;
	    id: string;
	    name: string;
	    why: string[];
	    hand: boolean;
	}
	export interface PilotView {
	    chosen: boolean;
	    records: number;
	    needed: number;
	    features: number;
	    covered: number;
	    percent: number;
	    missing: string[];
	    groups: PilotGroup[];
	    picks: PilotRecord[];
	    out: PilotRecord[];
	    more: boolean;
	}
	
	
	
	export interface PlaceholderView {
	    text: string;
	    means: string;
	    becomes: string;
	    dead: boolean;
	    words: string;
	}
	export interface PlanRow {
	    object: string;
	    title: string;
	    create: Figure;
	    match: Figure;
	    update: Figure;
	    merge: Figure;
	    skip: Figure;
	    hold: Figure;
	    unchanged: Figure;
	    conflict: Figure;
	    gone: Figure;
	    delete: Figure;
	}
	export interface PlanView {
	    id: string;
	    scope: string;
	    part: string;
	    made: string;
	    mapping: number;
	    target: string;
	    objects: PlanRow[];
	    losses: LossView[];
	    requests: number;
	    low_s: number;
	    high_s: number;
	    window_hours: number;
	    fits: string;
	    quiet: boolean;
	    confirm: string;
	    number: number;
	    stale: string;
	    used: boolean;
	    run: string;
	    groups: HeldGroup[];
	}
	export interface PreflightView {
	    code: string;
	    state: string;
	    what: string;
	    why: string;
	    next: string;
	    details: string[];
	    can_accept: boolean;
	    accepted: boolean;
	    accepted_by: string;
	    accepted_at: string;
	    accepted_why: string;
	}
	export interface ProfileField {
	    name: string;
	    type: string;
	    filled: Figure;
	    empty: Figure;
	    findings: number;
	}
	export interface ProfileObject {
	    object: string;
	    title: string;
	    rows: Figure;
	    fields: ProfileField[];
	    ages: Bucket[];
	    state: string;
	    states: ValueCount[];
	    owners: OwnerLeft[];
	}
	export interface ProfileView {
	    score: profile.Score;
	    graph: profile.Graph;
	    objects: ProfileObject[];
	    findings: FindingView[];
	    at: string;
	}
	
	export interface ProofView {
	    deleted: number;
	    absent: number;
	    kept: number;
	    kept_list: string[];
	    source_untouched: boolean;
	    source: BeforeCount[];
	    target: NameValue[];
	}
	export interface RebuildKind {
	    kind: string;
	    title: string;
	    all: number;
	    left: number;
	}
	export interface RuleRow {
	    id: number;
	    kind: string;
	    one: string;
	    name: string;
	    active: boolean;
	    does: string;
	    state: string;
	    owner: string;
	    note: string;
	    by: string;
	    at: string;
	    drift: string;
	    stale: boolean;
	    left: boolean;
	    dead: number;
	    uses: number;
	}
	export interface RebuildView {
	    source: string;
	    target: string;
	    can_read: boolean;
	    why: string;
	    read_at: string;
	    account: string;
	    added: number;
	    changed: number;
	    gone: number;
	    missing: string[];
	    failed?: problem.Problem;
	    all: number;
	    left: number;
	    dead: number;
	    kinds: RebuildKind[];
	    rules: RuleRow[];
	}
	export interface RecentProject {
	    name: string;
	    path: string;
	    opened: string;
	    missing: boolean;
	}
	export interface WordsView {
	    ready: boolean;
	    percent: number;
	    problem?: problem.Problem;
	}
	export interface RecordRow {
	    id: string;
	    name: string;
	    fate: string;
	    why: string;
	    place: string;
	    cells: string[];
	    target_id: string;
	    found?: FoundView;
	}
	export interface RecordPage {
	    columns: string[];
	    sortable: boolean[];
	    rows: RecordRow[];
	    offset: number;
	    total: Figure;
	    search?: WordsView;
	}
	
	export interface RecordView {
	    object: string;
	    id: string;
	    name: string;
	    place: string;
	    fate: string;
	    why: string;
	    problems: problem.Problem[];
	    fields: NameValue[];
	    links: LinkView[];
	    raw: string;
	    target_id: string;
	    mark: string;
	    draft: NameValue[];
	    thread: MessageView[];
	    history: Activity[];
	}
	export interface RepairOption {
	    value: string;
	    title: string;
	    count: number;
	}
	export interface RepairView {
	    id: string;
	    title: string;
	    why: string;
	    asks: string;
	    options: RepairOption[];
	    values: RepairOption[];
	    count: number;
	    again: boolean;
	}
	export interface ReportFile {
	    name: string;
	    path: string;
	    at: string;
	    sha256: string;
	}
	export interface ReportView {
	    verdict: string;
	    words: string;
	    missing: string[];
	    approvals: ApprovalView[];
	    files: ReportFile[];
	    can_sign: boolean;
	    cannot_sign: string;
	    audit_hash: string;
	    audit_count: number;
	    logo: string;
	}
	export interface RestoreForm {
	    kinds: PlaceKind[];
	    folder: string;
	}
	export interface RestoreOrder {
	    kind: string;
	    settings: Record<string, string>;
	    name: string;
	    passphrase: string;
	    folder: string;
	    project: string;
	}
	export interface RestoredLine {
	    title: string;
	    backed: number;
	    restored: number;
	    same: boolean;
	}
	export interface RestoredView {
	    path: string;
	    backup: string;
	    passed: boolean;
	    wrong: string[];
	    objects: RestoredLine[];
	    records: number;
	    files: number;
	    opened: number;
	    unopenable: number;
	    audit: boolean;
	    manifest: string;
	    seconds: number;
	}
	export interface ReviewView {
	    said: boolean;
	    name: string;
	    role: string;
	    date: string;
	    approved: boolean;
	    remark: string;
	    refused?: problem.Problem;
	}
	export interface RollbackRow {
	    object: string;
	    title: string;
	    remove: Figure;
	}
	export interface RuleChange {
	    fields: string[];
	    state: string;
	    owner: string;
	    note: string;
	}
	
	export interface RuleDetail {
	    row: RuleRow;
	    about: string;
	    place: number;
	    when: string[];
	    any_of: string[];
	    does: string[];
	    text: string;
	    placeholders: PlaceholderView[];
	    do: string[];
	    expect: string[];
	    but: string[];
	    test: string;
	    drifted: string;
	    changes: string[];
	    history: Activity[];
	}
	export interface RuleExample {
	    id: string;
	    name: string;
	    before: string;
	    after: string;
	}
	export interface RuleImported {
	    name: string;
	    one: string;
	    was: string;
	    now: string;
	    owner: string;
	    note: string;
	    conflict: boolean;
	}
	export interface RuleObject {
	    object: string;
	    title: string;
	    fields: NameTitle[];
	}
	export interface RulePreview {
	    title: string;
	    count: number;
	    also: NameValue[];
	    examples: RuleExample[];
	}
	
	export interface RuleWay {
	    how: string;
	    settings: Record<string, string>;
	}
	export interface RuleShape {
	    objects: RuleObject[];
	    ways: RuleWay[];
	}
	
	export interface RulesImport {
	    file: string;
	    changes: RuleImported[];
	    problems: problem.Problem[];
	    token: string;
	}
	export interface RunRow {
	    object: string;
	    title: string;
	    created: number;
	    existed: number;
	    updated: number;
	    unchanged: number;
	    held: number;
	    failed: number;
	    noted: number;
	    deleted: number;
	    kept: number;
	    there: Figure;
	}
	export interface RunView {
	    id: string;
	    kind: string;
	    state: string;
	    plan: string;
	    part: string;
	    by: string;
	    started: string;
	    finished: string;
	    mapping: number;
	    objects: RunRow[];
	    of: string;
	    can_resume: boolean;
	    can_rollback: boolean;
	    decides: string;
	    error?: problem.Problem;
	    proof?: ProofView;
	}
	export interface TwinCount {
	    band: string;
	    state: string;
	    groups: number;
	    records: number;
	}
	export interface SearchView {
	    object: string;
	    title: string;
	    at: string;
	    by: string;
	    records: number;
	    plus_tags: boolean;
	    fields: string[];
	    counts: TwinCount[];
	    capped: CappedView[];
	    left: number;
	}
	export interface ShapeObject {
	    object: string;
	    title: string;
	    fields: number;
	    required: number;
	    lists: number;
	}
	export interface ShapeView {
	    frozen: boolean;
	    at: string;
	    by: string;
	    why: string;
	    account: string;
	    hash: string;
	    objects: ShapeObject[];
	}
	export interface SideView {
	    side: string;
	    connected: boolean;
	    kind: string;
	    title: string;
	    address: string;
	    built_in: boolean;
	    files: boolean;
	    settings: Record<string, string>;
	    account: string;
	    as: string;
	    plan: string;
	    zone: string;
	    rights: string[];
	    missing: string[];
	    per_minute: number;
	    updates_per_minute: number;
	    counted: string;
	    objects: CountView[];
	    requests_low: number;
	    requests_high: number;
	    low_s: number;
	    high_s: number;
	    unreckoned: string[];
	}
	export interface SignedView {
	    name: string;
	    role: string;
	    at: string;
	    statement: string;
	}
	export interface SliceField {
	    name: string;
	    type: string;
	    values: string[];
	}
	export interface SliceForm {
	    name: string;
	    object: string;
	    conditions: Condition[];
	}
	export interface SliceObject {
	    object: string;
	    title: string;
	    fields: SliceField[];
	}
	export interface SliceView {
	    name: string;
	    object: string;
	    conditions: Condition[];
	    words: string;
	    state: string;
	    wait: string;
	    accepted_by: string;
	    accepted_why: string;
	    runs: string[];
	    there: number;
	}
	export interface SlicesView {
	    slices: SliceView[];
	    objects: SliceObject[];
	}
	
	export interface SourcesView {
	    sources: project.SourceView[];
	    kinds: ObjectName[];
	}
	export interface SpotField {
	    title: string;
	    meant: string;
	    found: string;
	    same: boolean;
	}
	export interface SpotMessage {
	    old: MessageView;
	    html: string;
	    target: string;
	    missing: boolean;
	    fields: SpotField[];
	    same: boolean;
	}
	export interface SpotTask {
	    seq: number;
	    object: string;
	    id: string;
	    name: string;
	    target: string;
	    reviewer: string;
	    age: string;
	    why: string;
	    verdict: string;
	    note: string;
	    by: string;
	    at: string;
	    picture: boolean;
	}
	export interface SpotPair {
	    task: SpotTask;
	    missing: boolean;
	    differs: boolean;
	    fields: SpotField[];
	    thread: SpotMessage[];
	    more: boolean;
	    picture: string;
	}
	
	export interface SpotsView {
	    tasks: SpotTask[];
	    reviewers: string[];
	    mapper: string;
	}
	
	export interface StartView {
	    version: string;
	    person: model.Person;
	    recent: RecentProject[];
	    project: string;
	    folder: string;
	    vault: string;
	    problem?: problem.Problem;
	}
	
	
	export interface SureRow {
	    object: string;
	    object_title: string;
	    field: string;
	    field_title: string;
	    words: string;
	    confidence: number;
	    reason: string;
	    before: string;
	    after: string;
	    why: string;
	}
	export interface SureView {
	    accepted: SureRow[];
	    passed: SureRow[];
	}
	
	export interface Thresholds {
	    held_percent: number;
	    at_least: number;
	    in_a_row: number;
	    decides: string;
	    checked_first: boolean;
	}
	export interface TidyView {
	    address: string;
	    problem?: problem.Problem;
	}
	export interface TrailEntry {
	    n: number;
	    at: string;
	    name: string;
	    role: string;
	    kind: string;
	    what: string;
	    detail: string;
	    raw: string;
	    hash: string;
	}
	export interface TrailKind {
	    kind: string;
	    words: string;
	    count: number;
	}
	export interface TrailView {
	    lines: number;
	    head: string;
	    broken: string;
	    people: string[];
	    kinds: TrailKind[];
	    keys: TrailEntry[];
	}
	export interface TruthView {
	    object: string;
	    title: string;
	    proposals: truth.Proposal[];
	    found: boolean;
	    view: truth.View;
	}
	
	export interface TwinImport {
	    file: string;
	    token: string;
	    merges: number;
	    aparts: number;
	    problems: problem.Problem[];
	}
	export interface TwinMember {
	    seq: number;
	    id: string;
	    name: string;
	    fate: string;
	    survivor: boolean;
	    out: boolean;
	    there: boolean;
	    links: number;
	    evidence: EvidenceView[];
	}
	export interface TwinRow {
	    field: string;
	    title: string;
	    values: string[];
	    pick: number;
	    reason: string;
	    picked: boolean;
	    same: boolean;
	}
	export interface TwinView {
	    id: number;
	    object: string;
	    band: string;
	    state: string;
	    by: string;
	    at: string;
	    why: string;
	    reason: string;
	    addresses: string[];
	    kept: string;
	    members: TwinMember[];
	    rows: TwinRow[];
	}
	export interface TwinPage {
	    groups: TwinView[];
	    next: number;
	}
	
	
	
	export interface ValueLineView {
	    from: string;
	    to: string;
	    count: number;
	    decided: boolean;
	    keep: boolean;
	    confidence: number;
	    reason: string;
	    exists: boolean;
	    gone: boolean;
	}
	export interface ValueListView {
	    lines: ValueLineView[];
	    can_create: boolean;
	    opens: boolean;
	}
	export interface VerifyFile {
	    name: string;
	    what: string;
	    state: string;
	}
	export interface VerifyView {
	    unchanged: boolean;
	    sentence: string;
	    project: string;
	    report: string;
	    signed: string[];
	    files: VerifyFile[];
	}
	export interface VersionRun {
	    id: string;
	    kind: string;
	    state: string;
	    started: string;
	}
	export interface VersionCard {
	    number: number;
	    hash: string;
	    author: string;
	    at: string;
	    reason: string;
	    changes: string[];
	    approvals: SignedView[];
	    runs: VersionRun[];
	}
	
	
	
	export interface WorkbookBack {
	    file: string;
	    token: string;
	    changes: string[];
	    conflicts: ConflictView[];
	    others: string[];
	    review: ReviewView;
	    notes: problem.Problem[];
	    problems: problem.Problem[];
	}

}

export namespace files {
	
	export interface Column {
	    name: string;
	    type: string;
	    format: string;
	    zone: string;
	    separator: string;
	    empty: string[];
	    filled: number;
	    blank: number;
	    nothing: Record<string, number>;
	    distinct: number;
	    distinct_exact: boolean;
	    longest: number;
	    samples: string[];
	    options: string[];
	    date_orders: Record<string, number>;
	    sure: number;
	    why: string;
	}
	export interface LinkSpec {
	    column: string;
	    to: string[];
	    by: string;
	    matched: number;
	    orphans: number;
	    why: string;
	}
	export interface Note {
	    code: string;
	    message: string;
	}
	export interface Where {
	    column: string;
	    values: string[];
	    not: boolean;
	}
	export interface Output {
	    object: string;
	    key: string[];
	    repeats: string;
	    columns: string[];
	    as: Record<string, string>;
	    where?: Where;
	    links: LinkSpec[];
	    file_column: string;
	    why: string;
	}
	export interface Table {
	    name: string;
	    file: string;
	    entry: string;
	    part: string;
	    kind: string;
	    compression: string;
	    size: number;
	    sha256: string;
	    bytes: number;
	    encoding: string;
	    encoding_sure: number;
	    delimiter: string;
	    quote: string;
	    header_row: number;
	    columns: Column[];
	    rows: number;
	    broken: number;
	    blank_rows: number;
	    broken_examples: problem.Problem[];
	    outputs: Output[];
	    preview: string[][];
	    notes: Note[];
	    refused?: problem.Problem;
	}

}

export namespace mapping {
	
	export interface Check {
	    pattern?: string;
	    one_of?: string[];
	    least?: string;
	    most?: string;
	    min_length?: number;
	    max_length?: number;
	    says?: string;
	}
	export interface ValuePair {
	    from: string;
	    to: string;
	    count?: number;
	    decided?: boolean;
	    keep?: boolean;
	    confidence?: number;
	    reason?: string;
	}
	export interface Keep {
	    field: string;
	    prefix?: string;
	}
	export interface LookupRule {
	    table?: string;
	    object?: string;
	    key?: string;
	    value: string;
	}
	export interface SplitRule {
	    how: string;
	    by?: string;
	    part?: number;
	    rest?: boolean;
	    from?: number;
	    to?: number;
	}
	export interface FieldMap {
	    target: string;
	    rule: string;
	    sources?: string[];
	    separator?: string;
	    fixed?: string;
	    formula?: string;
	    split?: SplitRule;
	    look_up?: LookupRule;
	    check?: Check;
	    keep?: Keep;
	    values?: ValuePair[];
	    if_empty?: string;
	    empty_value?: string;
	    if_unknown?: string;
	    unknown_value?: string;
	    meaning?: string;
	    owner?: string;
	    state?: string;
	    note?: string;
	    confidence?: number;
	    reason?: string;
	}
	
	
	export interface PersonPair {
	    object: string;
	    from: string;
	    name?: string;
	    email?: string;
	    inactive?: boolean;
	    how?: string;
	    to?: string;
	    to_name?: string;
	    stands?: boolean;
	    count?: number;
	    confidence?: number;
	    reason?: string;
	    decided?: boolean;
	}
	
	export interface ValueCount {
	    value: string;
	    count: number;
	}

}

export namespace model {
	
	export interface Choice {
	    value: string;
	    title?: string;
	}
	export interface Field {
	    name: string;
	    title?: string;
	    type: string;
	    required?: boolean;
	    read_only?: boolean;
	    unique?: boolean;
	    options?: Choice[];
	    max_length?: number;
	    decimals?: number;
	    to?: string[];
	    by?: string;
	    format?: string;
	    zone?: string;
	    separator?: string;
	    empty?: string[];
	    default?: string;
	    help?: string;
	    custom?: boolean;
	    ordering?: boolean;
	    private?: boolean;
	    private_value?: string;
	    parent?: boolean;
	    once?: boolean;
	}
	export interface Person {
	    name: string;
	    role: string;
	}

}

export namespace problem {
	
	export interface Place {
	    file?: string;
	    sheet?: string;
	    cell?: string;
	    line?: number;
	    object?: string;
	    record?: string;
	    field?: string;
	    value?: string;
	    column?: number;
	}
	export interface Problem {
	    Code: string;
	    What: string;
	    Why: string;
	    Next: string;
	    Where: Place;
	    // Go type: time
	    RetryAt: any;
	}

}

export namespace profile {
	
	export interface GraphEdge {
	    from: string;
	    to: string;
	    field: string;
	    linked: number;
	    broken: number;
	    later: boolean;
	}
	export interface Node {
	    object: string;
	    rows: number;
	    step: number;
	}
	export interface Graph {
	    nodes: Node[];
	    edges: GraphEdge[];
	}
	
	
	export interface Repaired {
	    from: string;
	    to: string;
	}
	export interface ScoreLine {
	    code: string;
	    object: string;
	    field: string;
	    what: string;
	    count: number;
	    rows: number;
	    cost: number;
	}
	export interface Score {
	    points: number;
	    enough: number;
	    formula: string;
	    lines: ScoreLine[];
	}

}

export namespace project {
	
	export interface NumberTwice {
	    id: string;
	    first: string;
	    other: string;
	}
	export interface Collision {
	    object: string;
	    other: string;
	    count: number;
	    examples: NumberTwice[];
	    field: string;
	    prefix?: string;
	    decision?: number;
	    kept?: string;
	    other_kept?: string;
	}
	export interface Correction {
	    decision: number;
	    title: string;
	    why: string;
	    by: model.Person;
	    at: string;
	}
	export interface SourceLineage {
	    field: string;
	    title: string;
	    raw: string;
	    value: string;
	    corrections: Correction[];
	}
	export interface FieldLineage {
	    field: string;
	    title: string;
	    rule_kind: string;
	    rule: string;
	    owner: string;
	    sources: SourceLineage[];
	    value: string;
	    empty: boolean;
	    checked: boolean;
	    checked_at: string;
	    found: string;
	    as_meant: boolean;
	    problem?: problem.Problem;
	}
	export interface Lineage {
	    object: string;
	    id: string;
	    name: string;
	    fate: string;
	    target: string;
	    target_id: string;
	    run: number;
	    run_kind: string;
	    sent_at: string;
	    version: number;
	    mapped_by: model.Person;
	    mapped_at: string;
	    mapped_why: string;
	    changed: boolean;
	    fields: FieldLineage[];
	}
	export interface LookupMiss {
	    value: string;
	    count: number;
	}
	
	export interface PeopleLine {
	    object: string;
	    from: string;
	    name?: string;
	    email?: string;
	    inactive?: boolean;
	    how?: string;
	    to?: string;
	    to_name?: string;
	    stands?: boolean;
	    count?: number;
	    confidence?: number;
	    reason?: string;
	    decided?: boolean;
	    title: string;
	    role: string;
	    to_role: string;
	    may_more: boolean;
	    missing: boolean;
	    gone: boolean;
	}
	export interface PeopleMap {
	    lines: PeopleLine[];
	    targets: store.TargetPerson[];
	    open: number;
	    open_records: number;
	    may_more: number;
	    used: boolean;
	}
	export interface RouteCount {
	    target: string;
	    when: string;
	    count: number;
	    unclear?: boolean;
	}
	
	export interface SourceObject {
	    object: string;
	    count: number;
	}
	export interface SourceView {
	    name: string;
	    title: string;
	    kind: string;
	    desk: string;
	    account: string;
	    read: boolean;
	    objects: SourceObject[];
	    records: number;
	}
	export interface TargetDrift {
	    frozen: store.Frozen;
	    hash: string;
	    same: boolean;
	    breaks: string[];
	    others: string[];
	}
	export interface ValidatedObject {
	    object: string;
	    target: string;
	    ready: number;
	    held: number;
	}
	export interface ValidationLoss {
	    code: string;
	    object: string;
	    field: string;
	    count: number;
	    what: string;
	    examples: string[];
	}
	export interface ValidationGroup {
	    part: number;
	    object: string;
	    code: string;
	    field: string;
	    kind: string;
	    count: number;
	    before: number;
	    problem?: problem.Problem;
	    values: mapping.ValueCount[];
	    examples: string[];
	}
	export interface ValidationCounts {
	    id: number;
	    at: string;
	    ready: number;
	    held: number;
	    errors: number;
	}
	export interface Validation {
	    id: number;
	    at: string;
	    by: model.Person;
	    mapping: string;
	    shape: string;
	    frozen: boolean;
	    ready: number;
	    held: number;
	    errors: number;
	    before?: ValidationCounts;
	    objects: ValidatedObject[];
	    groups: ValidationGroup[];
	    losses: ValidationLoss[];
	    lint: problem.Problem[];
	}
	
	

}

export namespace store {
	
	export interface Frozen {
	    id: number;
	    at: string;
	    by: model.Person;
	    why: string;
	    account: string;
	    hash: string;
	}
	export interface Lookup {
	    id: number;
	    name: string;
	    at: string;
	    by: model.Person;
	    file: string;
	    sha256: string;
	    columns: string[];
	    rows: number;
	}
	export interface TargetPerson {
	    object: string;
	    id: string;
	    name: string;
	    email: string;
	    active: boolean;
	    role: string;
	}

}

export namespace truth {
	
	export interface Came {
	    field: string;
	    count: number;
	}
	export interface Saying {
	    source: string;
	    value: string;
	}
	export interface Example {
	    object: string;
	    id: string;
	    seq: number;
	    name: string;
	    says: Saying[];
	    before: string;
	    after: string;
	    from: string;
	}
	export interface Fact {
	    name: string;
	    fields: Record<string, string>;
	    confidence: number;
	    order: string[];
	    own: boolean;
	    both: number;
	    differ: number;
	    fills: number;
	    changes: number;
	    examples: Example[];
	}
	export interface Pair {
	    name: string;
	    fields: Record<string, string>;
	    confidence?: number;
	}
	export interface Proposal {
	    object: string;
	    by: Record<string, string>;
	    title: string;
	    matched: number;
	    ambiguous: number;
	    alone: number;
	    keyless: number;
	    agree: number;
	    examples: string[];
	}
	export interface Rule {
	    object: string;
	    by: Record<string, string>;
	    rank: string[];
	    fields?: Record<string, Array<string>>;
	    pairs: Pair[];
	    bring: boolean;
	}
	
	export interface Share {
	    source: string;
	    object: string;
	    records: number;
	    alone: number;
	    keyless: number;
	    ambiguous: number;
	}
	export interface View {
	    rule: Rule;
	    title: string;
	    decision: number;
	    matched: number;
	    ambiguous: number;
	    there: number;
	    sources: Share[];
	    facts: Fact[];
	    brought: Came[];
	    survivor: string;
	}

}

