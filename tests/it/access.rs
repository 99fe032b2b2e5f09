//! Who may do what: every operation of the document with every role, and without a token.

use recoup_api::access::{Role, scopes_of};
use tests::document::{Operation, operations};
use tests::on_both;

/// A well-formed id that nobody has.
const STRANGER: &str = "acc_01h455vb4pex5vsknk084sn02q";

/// What a role may never change, whatever else it is given (api.md §11).
const NEVER: &[(Role, &[&str])] = &[
    (Role::Viewer, &["/v1/"]),
    (
        Role::Auditor,
        &["/v1/accounts", "/v1/invoices", "/v1/payments", "/v1/orders", "/v1/holds", "/v1/plugins", "/v1/policies", "/v1/runs"],
    ),
    (
        Role::Collector,
        &["/v1/payments", "/v1/write-offs", "credit-limits", "orders/{id}/releases", "holds/{id}/releases", "/v1/plugins", "/v1/policies"],
    ),
    (Role::CreditOfficer, &["/v1/payments", "/v1/plugins", "/v1/policies"]),
    (Role::CreditManager, &["/v1/payments", "/v1/plugins"]),
    (Role::Cashier, &["credit-limits", "orders/{id}/releases", "holds/{id}/releases", "/v1/approvals", "/v1/plugins", "/v1/policies"]),
    (Role::Integrator, &["orders/{id}/releases", "holds/{id}/releases", "/v1/approvals", "/v1/policies", "/v1/settings"]),
    (Role::PluginAuthor, &["/v1/payments", "/v1/invoices", "/v1/orders", "/v1/policies"]),
    (Role::PluginApprover, &["/v1/payments", "/v1/invoices", "/v1/orders", "/v1/policies"]),
];

fn may(role: Role, operation: &Operation) -> bool {
    let Some(scopes) = &operation.scopes else { return true };
    // The local admin token is the operator's, who holds every scope.
    role == Role::Admin || scopes_of(role).iter().any(|held| scopes.iter().any(|scope| held.as_str() == scope))
}

on_both! {
    async fn every_operation_answers_each_role_as_its_row_says(world: World) {
        let all = operations(&world.admin()).await;
        for operation in &all {
            let path = operation.path_with(STRANGER);
            let name = format!("{} {}", operation.method, operation.path);
            if operation.scopes.is_some() {
                assert_eq!(operation.call(&world.api.stranger(), &path).await.refused(401), "unauthenticated", "{name}");
            }
            for role in Role::ALL.iter().copied() {
                let answer = operation.call(&world.client(role), &path).await;
                let is_refused = answer.status == 403 && (answer.json["code"] == "insufficient_scope" || answer.json["code"] == "operator_only");
                assert_eq!(is_refused, !may(role, operation), "{role} on {name}: {} {}", answer.status, answer.text);
                assert!(answer.status < 500, "{role} on {name}: {}", answer.text);
            }
        }
    }
}

on_both! {
    async fn no_role_has_a_row_it_may_never_have(world: World) {
        let all = operations(&world.admin()).await;
        for (role, places) in NEVER {
            for operation in all.iter().filter(|operation| operation.is_write()) {
                let is_never = places.iter().any(|place| operation.path.contains(place));
                assert!(!(is_never && may(*role, operation)), "{role} may {} {}", operation.method, operation.path);
            }
        }
    }
}
