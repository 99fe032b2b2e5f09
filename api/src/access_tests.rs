//! Duties that are kept apart, in one table.

use super::op::OPERATIONS;
use super::*;

fn may(role: Role, scope: Scope) -> bool {
    scopes_of(role).contains(&scope)
}

#[test]
fn who_only_reads_cannot_write() {
    assert!(scopes_of(Role::Viewer).iter().all(|scope| scope.as_str().ends_with(":read")));
    assert!(!may(Role::Viewer, Scope::AuditRead) && !may(Role::Viewer, Scope::ContactsRead) && may(Role::Viewer, Scope::LedgerRead));
    assert!(scopes_of(Role::Auditor).iter().all(|scope| scope.as_str().ends_with(":read") || *scope == Scope::ExportsWrite));
}

#[test]
fn duties_are_separated() {
    assert!(may(Role::Cashier, Scope::CashWrite) && !may(Role::Cashier, Scope::CreditWrite) && !may(Role::Cashier, Scope::OrdersRelease));
    assert!(!may(Role::CreditOfficer, Scope::CashWrite) && !may(Role::CreditOfficer, Scope::CreditApprove));
    assert!(!may(Role::CreditManager, Scope::CashWrite) && !may(Role::CreditManager, Scope::PluginsApprove));
    assert!(!may(Role::PluginAuthor, Scope::PluginsApprove) && !may(Role::PluginApprover, Scope::PluginsWrite));
    assert!(!may(Role::Admin, Scope::CashWrite) && !may(Role::Admin, Scope::PluginsWrite) && !may(Role::Admin, Scope::LedgerApprove));
    assert!(Role::ALL.iter().all(|role| !may(*role, Scope::ConnectorsWrite)), "connectors belong to operators");
}

/// Which roles pass the guard of an operation, the operator apart.
fn who_may(operation: &str) -> Vec<&'static str> {
    let (_, needs) = OPERATIONS.iter().find(|(id, _)| *id == operation).expect(operation);
    let passes = |role: &Role| match needs {
        Needs::Scope(scope) => may(*role, *scope),
        Needs::Any(scopes) => scopes.iter().any(|scope| may(*role, *scope)),
        Needs::Operator => false,
    };
    Role::ALL.iter().copied().filter(passes).map(Role::as_str).collect()
}

/// The separation of duties (capability IC-01): who may set a limit, release, book money, edit a plugin, change the rules, and say yes.
#[test]
fn each_duty_lies_with_these_roles_and_no_others() {
    for (operation, roles) in [
        ("putCreditLimit", "credit_officer credit_manager"),
        ("addSecurity", "credit_officer credit_manager"),
        ("putGroupLimit", "credit_officer credit_manager"),
        ("placeHold", "credit_officer credit_manager"),
        ("cancelExclusion", "credit_officer credit_manager"),
        ("releaseHold", "credit_officer credit_manager"),
        ("releaseOrder", "credit_officer credit_manager"),
        ("stopSupply", "credit_officer credit_manager"),
        ("resumeSupply", "credit_officer credit_manager"),
        ("placeOrder", "credit_officer integrator"),
        ("cancelOrder", "credit_officer integrator"),
        ("createPayment", "cashier integrator"),
        ("allocatePayment", "cashier integrator"),
        ("bouncePayment", "cashier integrator"),
        ("reversePayment", "cashier integrator"),
        ("createInvoice", "cashier integrator"),
        ("createCreditNote", "cashier integrator"),
        ("savePluginDraft", "plugin_author"),
        ("pushPluginVersion", "plugin_author"),
        ("dryRunPlugin", "plugin_author"),
        ("activatePlugin", "plugin_author plugin_approver"),
        ("changePluginSettings", "plugin_author plugin_approver"),
        ("rollBackPlugin", "plugin_approver"),
        ("stopPlugin", "plugin_approver admin"),
        ("runPluginAction", "integrator"),
        ("createPolicy", "credit_manager admin"),
        ("activatePolicy", "credit_manager admin"),
        ("putCalendar", "credit_manager admin"),
        ("changeSettings", "credit_manager admin"),
        ("decideApproval", "credit_manager plugin_approver admin"),
        ("reviewNotice", "collector"),
        ("listAudit", "auditor admin"),
        ("createTenant", ""),
    ] {
        assert_eq!(who_may(operation).join(" "), roles, "{operation}");
    }
}

/// Nobody who asks for an act says yes to it by the same role, but for credit, where a manager asks another one above his own authority
/// (api.md §11: up to 1,000,000 alone, then another manager), and for the rules, where the request names the other role.
#[test]
fn whoever_asks_does_not_say_yes() {
    use ApprovalKind::*;
    for kind in ApprovalKind::ALL.iter().copied() {
        let asking = match kind {
            SetLimit | ImportLimits => "putCreditLimit",
            AddSecurity => "addSecurity",
            ChangeContract => "changeContract",
            ChooseOffer => "chooseOption",
            PutGroupLimit => "putGroupLimit",
            ReleaseOrder => "releaseOrder",
            ReleaseHold => "releaseHold",
            StopSupply => "stopSupply",
            ResumeSupply => "resumeSupply",
            ActivatePlugin => "activatePlugin",
            ConfigurePlugin => "changePluginSettings",
            RollBackPlugin => "rollBackPlugin",
            ActivatePolicy => "activatePolicy",
            PutCalendar => "putCalendar",
            PutGradeTable => "putGradeTable",
            OrderRelease | Step => continue,
        };
        let (read, approve) = scopes_of_request(kind);
        let sayers: Vec<&str> = Role::ALL.iter().filter(|role| may(**role, approve)).map(|role| role.as_str()).collect();
        let both: Vec<&str> = who_may(asking).into_iter().filter(|role| sayers.contains(role)).collect();
        let expected: &[&str] = match kind {
            SetLimit | AddSecurity | PutGroupLimit | ImportLimits | ChooseOffer | ReleaseOrder | ReleaseHold | StopSupply
            | ResumeSupply => &["credit_manager"],
            ActivatePlugin | ConfigurePlugin | RollBackPlugin => &["plugin_approver"],
            ActivatePolicy | PutCalendar | PutGradeTable => &["credit_manager", "admin"],
            ChangeContract | OrderRelease | Step => &[],
        };
        assert_eq!(both, expected, "{kind}");
        assert!(
            Role::ALL.iter().all(|role| !may(*role, approve) || may(*role, read)),
            "{kind}: whoever says yes can read what it is about"
        );
        assert!(["cashier", "integrator", "auditor", "viewer"].iter().all(|role| !sayers.contains(role)), "{kind}");
    }
}
