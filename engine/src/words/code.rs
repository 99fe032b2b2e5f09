//! Every refusal by name, with its meaning. The one list: problem pages, the document and the HTTP status are made from it.

macro_rules! codes {
    ($($name:ident = $text:literal, $title:literal, $meaning:literal;)*) => {
        /// The name of a refusal. Programs branch on it; it never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $meaning] $name,)* }

        impl Code {
            /// Every code there is, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The name on the wire: `too_many_decimals`.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// A short title for people.
            pub const fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }

            /// What it means and what to do about it.
            pub const fn meaning(self) -> &'static str {
                match self { $(Code::$name => $meaning,)* }
            }

            /// The code with this name on the wire.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.name() == name)
            }
        }
    };
}

codes! {
    MalformedJson = "malformed_json", "Malformed JSON", "The body is not JSON in UTF-8. Nothing was read from it.";
    MalformedCsv = "malformed_csv", "Malformed CSV", "The line or header of the file cannot be read as CSV.";
    UnknownParameter = "unknown_parameter", "Unknown parameter", "The query has a parameter this operation does not know, or one twice.";
    InvalidParameter = "invalid_parameter", "Invalid parameter", "A query parameter or header cannot be read.";
    InvalidCursor = "invalid_cursor", "Invalid cursor", "The cursor is not ours, was changed, or belongs to other filters.";
    IdempotencyKeyInvalid = "idempotency_key_invalid", "Invalid Idempotency-Key", "An idempotency key has 1 to 255 printable characters.";
    Unauthenticated = "unauthenticated", "No token", "The request has no bearer token.";
    InvalidToken = "invalid_token", "Invalid token", "The token is expired, forged, or not meant for this server.";
    InsufficientScope = "insufficient_scope", "Not allowed", "The token is valid, but its roles do not allow this operation.";
    SecondPersonRequired = "second_person_required", "Second person required", "This act needs a second person; asker and author cannot be the one who approves.";
    OperatorOnly = "operator_only", "Operator only", "Only the operator of this installation may do this.";
    SandboxOnly = "sandbox_only", "Sandbox only", "This is possible in sandbox tenants only.";
    NotFound = "not_found", "Not found", "There is no such thing, or it is not yours to know.";
    MethodNotAllowed = "method_not_allowed", "Method not allowed", "The path exists, but not with this method.";
    NotAcceptable = "not_acceptable", "Not acceptable", "The answer cannot be given in the media type asked for.";
    UnsupportedMediaType = "unsupported_media_type", "Unsupported media type", "The body has a media type this operation does not take.";
    IllegalState = "illegal_state", "Illegal state", "The thing is in a state in which this cannot be done.";
    AlreadyShipped = "already_shipped", "Already shipped", "Goods of the order have left or are invoiced: it is not cancelled or rejected, nor revised below that.";
    OverShipped = "over_shipped", "More than may ship", "More would ship than the order's approval or release covers.";
    OverInvoiced = "over_invoiced", "More than was ordered", "More would be invoiced than was ordered; revise the order first.";
    ExternalIdConflict = "external_id_conflict", "External id conflict", "This external_id already names something with other content.";
    IdempotencyInProgress = "idempotency_in_progress", "In progress", "The first request with this key has not finished yet.";
    TryAgain = "try_again", "Try again", "Others were faster too many times in a row; nothing was changed. Send it again.";
    RunOutOfOrder = "run_out_of_order", "Run out of order", "A day before the last finished run cannot be run.";
    OverlappingLimit = "overlapping_limit", "Overlapping limit", "Two closed limits of one kind cross, or one of this kind already begins on that day.";
    ApprovalStale = "approval_stale", "Approval is stale", "What was asked for can no longer be done: something it stands on has changed since. Ask anew.";
    ContractIncomplete = "contract_incomplete", "Contract incomplete", "A contract with blanks stays a draft; errors names what is blank.";
    OverlappingRate = "overlapping_rate", "Overlapping rate", "The pair already has another exchange rate from that day on.";
    GroupCycle = "group_cycle", "Group in itself", "A group of accounts cannot contain itself.";
    GroupTooDeep = "group_too_deep", "Group too deep", "Groups of accounts have at most three levels.";
    NoRate = "no_rate", "No exchange rate", "An amount in another currency cannot be measured: there is no exchange rate for the day. Set one first.";
    LimitBelowOwed = "limit_below_owed", "Limit below what is owed", "The new limit is below what the account owes, and the settings refuse that.";
    CaseOpen = "case_open", "Case open", "While a collection case is open, no limit is raised and no new one set, unless override_reason says why.";
    StaleVersion = "stale_version", "Stale version", "The thing changed since you read it. Read it again; the current ETag is in the answer.";
    PreconditionRequired = "precondition_required", "If-Match required", "Send If-Match with the ETag you read.";
    TooLarge = "too_large", "Too large", "The body, the URL or the headers are larger than allowed.";
    ValidationFailed = "validation_failed", "Validation failed", "One or more members are not acceptable; errors lists them.";
    UnknownField = "unknown_field", "Unknown field", "The body has a member this operation does not know.";
    MissingField = "missing_field", "Missing field", "A required member is missing.";
    MalformedDate = "malformed_date", "Malformed date", "A date is written 2026-12-31, exists in the calendar, and lies in 1900 to 2999.";
    MalformedAmount = "malformed_amount", "Malformed amount", "An amount is plain decimal text such as \"1200.00\".";
    TooManyDecimals = "too_many_decimals", "Too many decimals", "The amount has more decimals than its currency.";
    AmountOutOfRange = "amount_out_of_range", "Amount out of range", "Zero or a negative amount where it makes no sense, or more than 10^15 minor units.";
    UnknownCurrency = "unknown_currency", "Unknown currency", "The currency is not a known ISO 4217 code in capital letters.";
    CurrencyMismatch = "currency_mismatch", "Currency mismatch", "Two currencies in one sum; nothing converts silently.";
    UnknownReference = "unknown_reference", "Unknown reference", "The body names something that does not exist.";
    UnknownAccount = "unknown_account", "Unknown account", "The line names an account that does not exist; create_accounts=true would make it.";
    IdConflict = "id_conflict", "Id conflict", "An id and an external_id are both given and name different things.";
    OverAllocation = "over_allocation", "Over-allocation", "More is allocated than the item has open or the payment has left.";
    EntityMismatch = "entity_mismatch", "Other legal entity", "Cash is allocated inside one legal entity.";
    SourceRefused = "source_refused", "Source refused", "What is written down about a customer has a lawful basis (G-PRIV); data from insiders and bank data have none.";
    SupplyBasisMissing = "supply_basis_missing", "No basis to stop supply", "Supply is stopped on a legal basis with its ground and evidence, or not at all (G-SUPPLY): without one, the stop is our own breach.";
    ContactQuiet = "contact_quiet", "Contact left alone", "Outside the hours of this person nothing is sent to it (G-QUIET); not_before is the moment from which it may go.";
    UseCreditNotes = "use_credit_notes", "Use credit notes", "A negative invoice is a credit note.";
    PostDated = "post_dated", "Date in the future", "A payment cannot be received after today, nor a live day run before it has come.";
    IdempotencyKeyReused = "idempotency_key_reused", "Idempotency key reused", "The same Idempotency-Key was used with another body.";
    UnknownPolicyKey = "unknown_policy_key", "Unknown policy key", "The policy names a step, preset, part or type that does not exist.";
    ScriptRefused = "script_refused", "Script refused", "The script or package does not pass its checks; diagnostics name file, line and column.";
    ActionFailed = "action_failed", "Action failed", "The script of the action failed, was stopped, or answered against its own schema; diagnostics name file, line and column. Nothing was changed.";
    PluginUnavailable = "plugin_unavailable", "Plugin unavailable", "Nobody was asked: the plugin cannot be loaded by this server, did damage, or failed too often of late. Nothing was changed; send it again later.";
    PluginDenied = "plugin_denied", "A plugin says no", "A plugin of this tenant is asked about this act and says no; detail is its reason, decision_id the record of it.";
    PluginFailed = "plugin_failed", "A plugin failed", "A plugin without whose answer this is not done was asked and could not answer. It was not done, and its owner was told; decision_id is the record of it, where one is kept.";
    NameTaken = "name_taken", "Name taken", "This name is reserved or already in use.";
    Overloaded = "overloaded", "Overloaded", "The server has too many requests in hand. Wait and send it again.";
    DatabaseUnavailable = "database_unavailable", "Database unavailable", "The database does not answer. Nothing was changed; send it again.";
    CommitUnknown = "commit_unknown", "Outcome unknown", "The connection was lost during the commit. Send it again with the same key or external_id to learn the outcome.";
    StorageFull = "storage_full", "Storage full", "The disk is full. Nothing was changed.";
    InvariantBroken = "invariant_broken", "Invariant broken", "The books would no longer add up, so the change was rolled back.";
    Internal = "internal_error", "Internal error", "Our fault; rolled back, nothing was committed.";
}
