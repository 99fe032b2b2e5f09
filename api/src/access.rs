//! Who may do what: the scopes, the roles, and the one table of operations that feeds the guard, the document and the tests.

use recoup_engine::approval::ApprovalKind;
pub use recoup_engine::words::role::Role;
use std::collections::BTreeSet;

recoup_engine::words! {
    /// What a token allows: an area, and reading, writing or approving there.
    pub enum Scope {
        AccountsRead = "accounts:read", AccountsWrite = "accounts:write", AccountsApprove = "accounts:approve",
        ContactsRead = "contacts:read", ContactsWrite = "contacts:write", ContactsApprove = "contacts:approve",
        LedgerRead = "ledger:read", LedgerWrite = "ledger:write", LedgerApprove = "ledger:approve",
        CashRead = "cash:read", CashWrite = "cash:write", CashApprove = "cash:approve",
        CreditRead = "credit:read", CreditWrite = "credit:write", CreditApprove = "credit:approve",
        OrdersRead = "orders:read", OrdersWrite = "orders:write", OrdersApprove = "orders:approve",
        OrdersRelease = "orders:release",
        CasesRead = "cases:read", CasesWrite = "cases:write", CasesApprove = "cases:approve",
        LegalRead = "legal:read", LegalWrite = "legal:write", LegalApprove = "legal:approve",
        SetupRead = "setup:read", SetupWrite = "setup:write", SetupApprove = "setup:approve",
        PluginsRead = "plugins:read", PluginsWrite = "plugins:write", PluginsApprove = "plugins:approve",
        PluginsRun = "plugins:run", PluginsStop = "plugins:stop",
        DecisionsRead = "decisions:read", DecisionsWrite = "decisions:write", DecisionsApprove = "decisions:approve",
        RunsRead = "runs:read", RunsWrite = "runs:write", RunsApprove = "runs:approve",
        ImportsRead = "imports:read", ImportsWrite = "imports:write", ImportsApprove = "imports:approve",
        ExportsRead = "exports:read", ExportsWrite = "exports:write", ExportsApprove = "exports:approve",
        EventsRead = "events:read", EventsWrite = "events:write", EventsApprove = "events:approve",
        WebhooksRead = "webhooks:read", WebhooksWrite = "webhooks:write", WebhooksApprove = "webhooks:approve",
        ReportsRead = "reports:read", ReportsWrite = "reports:write", ReportsApprove = "reports:approve",
        AuditRead = "audit:read", AuditWrite = "audit:write", AuditApprove = "audit:approve",
        AccessRead = "access:read", AccessWrite = "access:write", AccessApprove = "access:approve",
        SignalsWrite = "signals:write", NoticesSend = "notices:send", ConnectorsWrite = "connectors:write",
    }
}

/// What a role may read.
enum Reads {
    All,
    AllBut(&'static [Scope]),
    Only(&'static [Scope]),
}

/// The table of roles: reading, then everything else.
fn row(role: Role) -> (Reads, &'static [Scope]) {
    use Scope::*;
    match role {
        Role::Viewer => (Reads::AllBut(&[AuditRead, DecisionsRead, AccessRead, ContactsRead]), &[]),
        Role::Collector => (
            Reads::Only(&[
                AccountsRead,
                ContactsRead,
                LedgerRead,
                CashRead,
                CreditRead,
                OrdersRead,
                CasesRead,
                LegalRead,
                SetupRead,
                RunsRead,
                ReportsRead,
            ]),
            &[CasesWrite, ContactsWrite, NoticesSend, SignalsWrite],
        ),
        Role::CreditOfficer => (
            Reads::Only(&[
                AccountsRead,
                ContactsRead,
                LedgerRead,
                CashRead,
                CreditRead,
                OrdersRead,
                CasesRead,
                SetupRead,
                DecisionsRead,
                ReportsRead,
            ]),
            &[CreditWrite, OrdersWrite, OrdersRelease, SignalsWrite],
        ),
        Role::CreditManager => (
            Reads::AllBut(&[AuditRead, AccessRead]),
            &[
                CreditWrite,
                CreditApprove,
                OrdersRelease,
                LedgerApprove,
                LegalApprove,
                CasesWrite,
                RunsWrite,
                SetupWrite,
                SetupApprove,
                SignalsWrite,
            ],
        ),
        Role::Cashier => {
            (Reads::Only(&[AccountsRead, LedgerRead, CashRead, OrdersRead, SetupRead, ImportsRead, ReportsRead]), &[CashWrite, LedgerWrite])
        }
        Role::Legal => (
            Reads::Only(&[AccountsRead, ContactsRead, LedgerRead, CashRead, CasesRead, LegalRead, SetupRead, ReportsRead]),
            &[LegalWrite, CasesWrite, SignalsWrite],
        ),
        Role::Auditor => (Reads::All, &[ExportsWrite]),
        Role::Integrator => (
            Reads::Only(&[
                AccountsRead,
                LedgerRead,
                CashRead,
                CreditRead,
                OrdersRead,
                CasesRead,
                SetupRead,
                PluginsRead,
                RunsRead,
                ImportsRead,
                ExportsRead,
                EventsRead,
                WebhooksRead,
                ReportsRead,
            ]),
            &[AccountsWrite, LedgerWrite, CashWrite, OrdersWrite, ImportsWrite, ExportsWrite, WebhooksWrite, PluginsRun, SignalsWrite],
        ),
        Role::PluginAuthor => (Reads::Only(&[PluginsRead, DecisionsRead, SetupRead]), &[PluginsWrite]),
        Role::PluginApprover => (Reads::Only(&[PluginsRead, DecisionsRead, SetupRead]), &[PluginsApprove, PluginsStop]),
        Role::Admin => (Reads::All, &[SetupWrite, SetupApprove, AccessWrite, AccessApprove, WebhooksWrite, RunsWrite, PluginsStop]),
    }
}

/// Everything a role may do.
pub fn scopes_of(role: Role) -> BTreeSet<Scope> {
    let (reads, also) = row(role);
    let all_reads = Scope::ALL.iter().copied().filter(|scope| scope.as_str().ends_with(":read"));
    let reads: Vec<Scope> = match reads {
        Reads::All => all_reads.collect(),
        Reads::AllBut(kept) => all_reads.filter(|scope| !kept.contains(scope)).collect(),
        Reads::Only(some) => some.to_vec(),
    };
    reads.into_iter().chain(also.iter().copied()).collect()
}

/// What an operation asks of whoever calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// A token with this scope.
    Scope(Scope),
    /// A token with one of these scopes; what it is about decides which.
    Any(&'static [Scope]),
    /// The operator of the installation.
    Operator,
}

/// An operation of the API, as a type: a handler that takes a `Permit` of it is allowed.
pub trait Operation: 'static {
    /// Its operationId in the document.
    const ID: &'static str;
    /// What it asks of the caller.
    const NEEDS: Needs;
}

/// The table operation → what it needs. An operation without a row has no permit, so its handler does not compile.
#[macro_export]
macro_rules! operations {
    ($($name:ident = $id:literal needs $need:ident $(:: $scope:ident)? $([$($any:ident),+])?;)*) => {
        $(
            #[doc = concat!("The operation `", $id, "`.")]
            #[derive(Debug)]
            pub struct $name;
            impl $crate::access::Operation for $name {
                const ID: &'static str = $id;
                const NEEDS: $crate::access::Needs = $crate::operations!(@need $need $($scope)? $([$($any),+])?);
            }
        )*
        /// Every operation with what it needs: what the document and the tests read.
        pub const OPERATIONS: &[(&str, $crate::access::Needs)] = &[$(($id, <$name as $crate::access::Operation>::NEEDS)),*];
    };
    (@need Scope $scope:ident) => { $crate::access::Needs::Scope($crate::access::Scope::$scope) };
    (@need Any [$($any:ident),+]) => { $crate::access::Needs::Any(&[$($crate::access::Scope::$any),+]) };
    (@need Operator) => { $crate::access::Needs::Operator };
}

/// The operations, by the names their permits use.
pub mod op {
    operations! {
        CreateAccount = "createAccount" needs Scope::AccountsWrite;
        ListAccounts = "listAccounts" needs Scope::AccountsRead;
        GetAccount = "getAccount" needs Scope::AccountsRead;
        PatchAccount = "patchAccount" needs Scope::AccountsWrite;
        AddContact = "addContact" needs Scope::ContactsWrite;
        ListContacts = "listContacts" needs Scope::AccountsRead;
        GetContact = "getContact" needs Scope::AccountsRead;
        PatchContact = "patchContact" needs Scope::ContactsWrite;
        GetPaymentProcess = "getPaymentProcess" needs Scope::AccountsRead;
        PutPaymentProcess = "putPaymentProcess" needs Any[AccountsWrite, CasesWrite];
        ListExpectedCash = "listExpectedCash" needs Scope::LedgerRead;
        GetPaymentCalendar = "getPaymentCalendar" needs Scope::LedgerRead;
        SendInvoiceDocument = "sendInvoiceDocument" needs Any[LedgerWrite, CasesWrite];
        ListInvoiceDocuments = "listInvoiceDocuments" needs Scope::LedgerRead;
        AddNote = "addNote" needs Scope::CasesWrite;
        ListNotes = "listNotes" needs Scope::AccountsRead;
        CreateInvoice = "createInvoice" needs Scope::LedgerWrite;
        ListInvoices = "listInvoices" needs Scope::LedgerRead;
        GetInvoice = "getInvoice" needs Scope::LedgerRead;
        CancelInvoice = "cancelInvoice" needs Scope::LedgerWrite;
        CreateCreditNote = "createCreditNote" needs Scope::LedgerWrite;
        ListCreditNotes = "listCreditNotes" needs Scope::LedgerRead;
        GetCreditNote = "getCreditNote" needs Scope::LedgerRead;
        CreatePayment = "createPayment" needs Scope::CashWrite;
        ListPayments = "listPayments" needs Scope::CashRead;
        GetPayment = "getPayment" needs Scope::CashRead;
        AllocatePayment = "allocatePayment" needs Scope::CashWrite;
        BouncePayment = "bouncePayment" needs Scope::CashWrite;
        ReversePayment = "reversePayment" needs Scope::CashWrite;
        ListCreditLimits = "listCreditLimits" needs Scope::CreditRead;
        PutCreditLimit = "putCreditLimit" needs Scope::CreditWrite;
        ListSecurities = "listSecurities" needs Scope::CreditRead;
        AddSecurity = "addSecurity" needs Scope::CreditWrite;
        WithdrawSecurity = "withdrawSecurity" needs Scope::CreditWrite;
        GetPartLimits = "getPartLimits" needs Scope::CreditRead;
        PutPartLimits = "putPartLimits" needs Scope::CreditWrite;
        CreateCreditGroup = "createCreditGroup" needs Scope::CreditWrite;
        ListCreditGroups = "listCreditGroups" needs Scope::CreditRead;
        GetCreditGroup = "getCreditGroup" needs Scope::CreditRead;
        PatchCreditGroup = "patchCreditGroup" needs Scope::CreditWrite;
        GetCreditGroupExposure = "getCreditGroupExposure" needs Scope::CreditRead;
        JoinCreditGroup = "joinCreditGroup" needs Scope::CreditWrite;
        ListCreditGroupMembers = "listCreditGroupMembers" needs Scope::CreditRead;
        LeaveCreditGroup = "leaveCreditGroup" needs Scope::CreditWrite;
        PutGroupLimit = "putGroupLimit" needs Scope::CreditWrite;
        ListGroupLimits = "listGroupLimits" needs Scope::CreditRead;
        GetExposure = "getExposure" needs Scope::CreditRead;
        ListAccountHolds = "listAccountHolds" needs Scope::CreditRead;
        ListHolds = "listHolds" needs Scope::CreditRead;
        PlaceHold = "placeHold" needs Scope::CreditWrite;
        GetHold = "getHold" needs Scope::CreditRead;
        ReleaseHold = "releaseHold" needs Scope::OrdersRelease;
        ListSellOuts = "listSellOuts" needs Scope::CreditRead;
        RecordSellOut = "recordSellOut" needs Any[CreditWrite, OrdersWrite];
        ListSupplyBases = "listSupplyBases" needs Scope::CreditRead;
        StopSupply = "stopSupply" needs Scope::CreditWrite;
        ListSupplyStops = "listSupplyStops" needs Scope::CreditRead;
        GetSupplyStop = "getSupplyStop" needs Scope::CreditRead;
        ResumeSupply = "resumeSupply" needs Scope::OrdersRelease;
        GetCreditFile = "getCreditFile" needs Scope::CreditRead;
        CompareCreditFile = "compareCreditFile" needs Scope::CreditRead;
        AddCreditFileEntry = "addCreditFileEntry" needs Scope::CreditWrite;
        GetChecklist = "getChecklist" needs Scope::CreditRead;
        AnswerChecklist = "answerChecklist" needs Scope::CreditWrite;
        ListScoreTemplates = "listScoreTemplates" needs Scope::SetupRead;
        CreateScoreTemplate = "createScoreTemplate" needs Scope::SetupWrite;
        ListScoreSheets = "listScoreSheets" needs Scope::CreditRead;
        FillScoreSheet = "fillScoreSheet" needs Scope::CreditWrite;
        ListGradeTables = "listGradeTables" needs Scope::SetupRead;
        PutGradeTable = "putGradeTable" needs Scope::SetupApprove;
        ListGradeChanges = "listGradeChanges" needs Scope::CreditRead;
        GetGrade = "getGrade" needs Scope::CreditRead;
        ListCreditReviews = "listCreditReviews" needs Scope::CreditRead;
        RecordCreditReview = "recordCreditReview" needs Scope::CreditWrite;
        ListGradeRuns = "listGradeRuns" needs Scope::CreditRead;
        StartGradeRun = "startGradeRun" needs Scope::CreditApprove;
        GetGradeRun = "getGradeRun" needs Scope::CreditRead;
        ListGradeResults = "listGradeResults" needs Scope::CreditRead;
        ExcludeFromRule = "excludeFromRule" needs Scope::CreditApprove;
        ListExclusions = "listExclusions" needs Scope::CreditRead;
        CancelExclusion = "cancelExclusion" needs Scope::CreditWrite;
        PlaceOrder = "placeOrder" needs Scope::OrdersWrite;
        ListOrders = "listOrders" needs Scope::OrdersRead;
        GetOrder = "getOrder" needs Scope::OrdersRead;
        CheckOrder = "checkOrder" needs Scope::OrdersWrite;
        ReleaseOrder = "releaseOrder" needs Scope::OrdersRelease;
        CancelOrder = "cancelOrder" needs Scope::OrdersWrite;
        RejectOrder = "rejectOrder" needs Scope::OrdersRelease;
        ReviseOrder = "reviseOrder" needs Scope::OrdersWrite;
        ListRevisions = "listRevisions" needs Scope::OrdersRead;
        ShipOrder = "shipOrder" needs Scope::OrdersWrite;
        ListShipments = "listShipments" needs Scope::OrdersRead;
        CreateContract = "createContract" needs Scope::OrdersWrite;
        ListContracts = "listContracts" needs Scope::OrdersRead;
        GetContract = "getContract" needs Scope::OrdersRead;
        ChangeContract = "changeContract" needs Scope::OrdersWrite;
        ExtendSettlement = "extendSettlement" needs Scope::CreditApprove;
        ListExtensions = "listExtensions" needs Scope::OrdersRead;
        PlanMilestone = "planMilestone" needs Scope::OrdersWrite;
        ListMilestones = "listMilestones" needs Scope::OrdersRead;
        GetMilestone = "getMilestone" needs Scope::OrdersRead;
        CompleteMilestone = "completeMilestone" needs Scope::OrdersWrite;
        RecordAcceptance = "recordAcceptance" needs Scope::OrdersWrite;
        ListAcceptances = "listAcceptances" needs Scope::OrdersRead;
        AcknowledgeTerms = "acknowledgeTerms" needs Scope::OrdersWrite;
        CreateOfferSet = "createOfferSet" needs Any[CasesWrite, OrdersWrite];
        ListOfferSets = "listOfferSets" needs Scope::CasesRead;
        GetOfferSet = "getOfferSet" needs Scope::CasesRead;
        ChooseOption = "chooseOption" needs Any[CasesWrite, OrdersWrite];
        WithdrawOfferSet = "withdrawOfferSet" needs Any[CasesWrite, OrdersWrite];
        PutYearPlan = "putYearPlan" needs Scope::CreditWrite;
        GetYearPlan = "getYearPlan" needs Scope::CreditRead;
        PutStockDuty = "putStockDuty" needs Scope::CreditWrite;
        GetStockDuty = "getStockDuty" needs Scope::CreditRead;
        RecordStockCheck = "recordStockCheck" needs Any[CreditWrite, OrdersWrite, CasesWrite];
        ListStockChecks = "listStockChecks" needs Scope::CreditRead;
        GetLateRisk = "getLateRisk" needs Scope::ReportsRead;
        GetClearing = "getClearing" needs Scope::ReportsRead;
        GetThreats = "getThreats" needs Scope::ReportsRead;
        CreateFinding = "createFinding" needs Scope::SetupWrite;
        ListFindings = "listFindings" needs Any[AuditRead, SetupRead];
        GetFinding = "getFinding" needs Any[AuditRead, SetupRead];
        ChangeFinding = "changeFinding" needs Scope::SetupWrite;
        GetErosion = "getErosion" needs Scope::ReportsRead;
        ListSignalTypes = "listSignalTypes" needs Scope::CreditRead;
        RecordSignal = "recordSignal" needs Scope::SignalsWrite;
        ListAccountSignals = "listAccountSignals" needs Scope::CreditRead;
        ListSignals = "listSignals" needs Scope::CreditRead;
        GetSignal = "getSignal" needs Scope::CreditRead;
        WithdrawSignal = "withdrawSignal" needs Scope::SignalsWrite;
        GetCreditStanding = "getCreditStanding" needs Scope::CreditRead;
        StopCredit = "stopCredit" needs Scope::CreditWrite;
        ResumeCredit = "resumeCredit" needs Scope::OrdersRelease;
        ListWatchedAccounts = "listWatchedAccounts" needs Scope::CreditRead;
        ListAccountPlans = "listAccountPlans" needs Scope::CreditRead;
        ListDecisions = "listDecisions" needs Scope::DecisionsRead;
        GetDecision = "getDecision" needs Scope::DecisionsRead;
        GetDecisionFacts = "getDecisionFacts" needs Scope::DecisionsRead;
        ExplainDecision = "explainDecision" needs Scope::DecisionsRead;
        ReplayDecision = "replayDecision" needs Scope::DecisionsRead;
        GetDecisionFixture = "getDecisionFixture" needs Scope::DecisionsRead;
        ListAudit = "listAudit" needs Scope::AuditRead;
        GetAgeing = "getAgeing" needs Scope::ReportsRead;
        GetKpis = "getKpis" needs Scope::ReportsRead;
        ListCases = "listCases" needs Scope::CasesRead;
        GetCase = "getCase" needs Scope::CasesRead;
        GetCaseBrief = "getCaseBrief" needs Scope::CasesRead;
        ClaimReason = "claimReason" needs Scope::CasesWrite;
        VerifyReason = "verifyReason" needs Scope::CasesWrite;
        RecordActivity = "recordActivity" needs Scope::CasesWrite;
        AssignCase = "assignCase" needs Scope::CasesWrite;
        PauseCase = "pauseCase" needs Scope::CasesWrite;
        ResumeCase = "resumeCase" needs Scope::CasesWrite;
        ListTasks = "listTasks" needs Scope::CasesRead;
        GetTask = "getTask" needs Scope::CasesRead;
        CompleteTask = "completeTask" needs Scope::CasesWrite;
        GetWorklist = "getWorklist" needs Scope::CasesRead;
        ListNotices = "listNotices" needs Scope::CasesRead;
        GetNotice = "getNotice" needs Scope::CasesRead;
        ReviewNotice = "reviewNotice" needs Scope::NoticesSend;
        CancelNotice = "cancelNotice" needs Scope::NoticesSend;
        DispatchNotice = "dispatchNotice" needs Scope::NoticesSend;
        ListOffers = "listOffers" needs Scope::CasesRead;
        GetOffer = "getOffer" needs Scope::CasesRead;
        ListHandoffs = "listHandoffs" needs Scope::LegalRead;
        GetHandoff = "getHandoff" needs Scope::LegalRead;
        ListApprovals = "listApprovals" needs Any[CasesRead, CreditRead, PluginsRead, SetupRead];
        GetApproval = "getApproval" needs Any[CasesRead, CreditRead, PluginsRead, SetupRead];
        DecideApproval = "decideApproval" needs Any[CreditApprove, LegalApprove, PluginsApprove, SetupApprove];
        ListPolicies = "listPolicies" needs Scope::SetupRead;
        CreatePolicy = "createPolicy" needs Scope::SetupWrite;
        GetPolicy = "getPolicy" needs Scope::SetupRead;
        ActivatePolicy = "activatePolicy" needs Scope::SetupApprove;
        SetExchangeRates = "setExchangeRates" needs Scope::SetupWrite;
        ListExchangeRates = "listExchangeRates" needs Scope::SetupRead;
        ListCalendars = "listCalendars" needs Scope::SetupRead;
        GetCalendar = "getCalendar" needs Scope::SetupRead;
        PutCalendar = "putCalendar" needs Scope::SetupWrite;
        StartRun = "startRun" needs Scope::RunsWrite;
        ListRuns = "listRuns" needs Scope::RunsRead;
        GetRun = "getRun" needs Scope::RunsRead;
        ListPlugins = "listPlugins" needs Scope::PluginsRead;
        GetPlugin = "getPlugin" needs Scope::PluginsRead;
        ListPluginVersions = "listPluginVersions" needs Scope::PluginsRead;
        GetPluginFiles = "getPluginFiles" needs Scope::PluginsRead;
        ComparePluginVersions = "comparePluginVersions" needs Scope::PluginsRead;
        ListPluginActivations = "listPluginActivations" needs Scope::PluginsRead;
        GetScriptSymbols = "getScriptSymbols" needs Scope::PluginsRead;
        GetScriptReference = "getScriptReference" needs Scope::PluginsRead;
        GetPluginDraft = "getPluginDraft" needs Scope::PluginsRead;
        SavePluginDraft = "savePluginDraft" needs Scope::PluginsWrite;
        TestPluginDraft = "testPluginDraft" needs Scope::PluginsWrite;
        LintPlugin = "lintPlugin" needs Scope::PluginsWrite;
        DryRunPlugin = "dryRunPlugin" needs Scope::PluginsWrite;
        PushPluginVersion = "pushPluginVersion" needs Scope::PluginsWrite;
        GetPluginSettings = "getPluginSettings" needs Scope::PluginsRead;
        ChangePluginSettings = "changePluginSettings" needs Any[PluginsWrite, PluginsApprove];
        ActivatePlugin = "activatePlugin" needs Any[PluginsWrite, PluginsApprove];
        RollBackPlugin = "rollBackPlugin" needs Scope::PluginsApprove;
        StopPlugin = "stopPlugin" needs Scope::PluginsStop;
        ListPluginNodes = "listPluginNodes" needs Scope::PluginsRead;
        GetPluginStats = "getPluginStats" needs Scope::PluginsRead;
        RunPluginAction = "runPluginAction" needs Scope::PluginsRun;
        CreateTenant = "createTenant" needs Operator;
        ListTenants = "listTenants" needs Operator;
        GetTenant = "getTenant" needs Operator;
        GetSettings = "getSettings" needs Scope::SetupRead;
        ChangeSettings = "changeSettings" needs Scope::SetupWrite;
        GetTestClock = "getTestClock" needs Scope::RunsRead;
        MoveTestClock = "moveTestClock" needs Scope::RunsWrite;
        CreateImport = "createImport" needs Scope::ImportsWrite;
        ListImports = "listImports" needs Scope::ImportsRead;
        GetImport = "getImport" needs Scope::ImportsRead;
        ListImportErrors = "listImportErrors" needs Scope::ImportsRead;
        ReverseAllocation = "reverseAllocation" needs Scope::CashWrite;
    }
}

/// What it takes to see a request for a yes of this kind, and to answer it.
pub fn scopes_of_request(kind: ApprovalKind) -> (Scope, Scope) {
    use ApprovalKind::{
        ActivatePlugin, ActivatePolicy, AddSecurity, ChangeContract, ChooseOffer, ConfigurePlugin, ImportLimits, OrderRelease, PutCalendar,
        PutGradeTable, PutGroupLimit, ReleaseHold, ReleaseOrder, ResumeSupply, RollBackPlugin, SetLimit, Step, StopSupply,
    };
    match kind {
        SetLimit | AddSecurity | PutGroupLimit | ImportLimits | ChangeContract | ChooseOffer | ReleaseOrder | ReleaseHold | StopSupply
        | ResumeSupply | OrderRelease => (Scope::CreditRead, Scope::CreditApprove),
        ActivatePlugin | ConfigurePlugin | RollBackPlugin => (Scope::PluginsRead, Scope::PluginsApprove),
        ActivatePolicy | PutCalendar | PutGradeTable => (Scope::SetupRead, Scope::SetupApprove),
        Step => (Scope::CasesRead, Scope::LegalApprove),
    }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
