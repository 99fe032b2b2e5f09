//! The moves of an order from state to state.

use super::OrderDecision;
use crate::order::OrderState;
use crate::words::code::Code;
use crate::words::error::{Error, Result};

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderAct {
    /// It was placed or checked again, with this answer.
    Checked(OrderDecision),
    /// A person lets it ship.
    Release,
    /// It is withdrawn.
    Cancel,
    /// Its whole value is on invoices.
    InvoiceAll,
    /// An invoice of it was cancelled: some of its value is an order again.
    Reopen,
}

/// The state an order starts in after its first check.
pub fn placed(decision: OrderDecision) -> OrderState {
    match decision {
        OrderDecision::Approve => OrderState::Approved,
        OrderDecision::ReleasePartial => OrderState::PartiallyReleased,
        OrderDecision::Hold => OrderState::Held,
        OrderDecision::Deny => OrderState::Rejected,
    }
}

/// The state after an act; refuses `illegal_state`. A released order is not checked again: a person has answered for it.
pub fn after(state: OrderState, act: OrderAct) -> Result<OrderState> {
    use OrderState::{Approved, Cancelled, Held, Invoiced, PartiallyReleased, Rejected, Released};
    match (state, act) {
        (Approved | Held | PartiallyReleased, OrderAct::Checked(decision)) => Ok(placed(decision)),
        (Held | PartiallyReleased, OrderAct::Release) => Ok(Released),
        (Approved | Held | PartiallyReleased | Released, OrderAct::Cancel) => Ok(Cancelled),
        // Goods may leave without asking us; the invoice is a fact all the same.
        (Approved | Held | PartiallyReleased | Released, OrderAct::InvoiceAll) => Ok(Invoiced),
        (Invoiced, OrderAct::Reopen) => Ok(Approved),
        (Approved | Held | PartiallyReleased | Released, OrderAct::Reopen) => Ok(state),
        (Released | Rejected | Cancelled | Invoiced, OrderAct::Checked(_)) => refuse(state, "checked again"),
        (Approved | Released | Rejected | Cancelled | Invoiced, OrderAct::Release) => refuse(state, "released"),
        (Rejected | Cancelled | Invoiced, OrderAct::Cancel) => refuse(state, "cancelled"),
        (Rejected | Cancelled | Invoiced, OrderAct::InvoiceAll) => refuse(state, "invoiced"),
        (Rejected | Cancelled, OrderAct::Reopen) => refuse(state, "opened again"),
    }
}

fn refuse(state: OrderState, what: &str) -> Result<OrderState> {
    Err(Error::new(Code::IllegalState, format!("an order that is {state} cannot be {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_moves_only_along_its_edges() {
        use OrderDecision::{Approve, Deny, Hold, ReleasePartial};
        let acts = [
            ("approve", OrderAct::Checked(Approve)),
            ("partial", OrderAct::Checked(ReleasePartial)),
            ("hold", OrderAct::Checked(Hold)),
            ("deny", OrderAct::Checked(Deny)),
            ("release", OrderAct::Release),
            ("cancel", OrderAct::Cancel),
            ("invoice", OrderAct::InvoiceAll),
            ("reopen", OrderAct::Reopen),
        ];
        let told = |state: OrderState| {
            let edge = |(name, act): &(&str, OrderAct)| after(state, *act).ok().map(|next| format!("{name}→{next}"));
            acts.iter().filter_map(edge).collect::<Vec<_>>().join(" ")
        };
        let checked = "approve→approved partial→partially_released hold→held deny→rejected";
        for (state, expected) in [
            (OrderState::Approved, format!("{checked} cancel→cancelled invoice→invoiced reopen→approved")),
            (OrderState::Held, format!("{checked} release→released cancel→cancelled invoice→invoiced reopen→held")),
            (
                OrderState::PartiallyReleased,
                format!("{checked} release→released cancel→cancelled invoice→invoiced reopen→partially_released"),
            ),
            (OrderState::Released, "cancel→cancelled invoice→invoiced reopen→released".to_owned()),
            (OrderState::Rejected, String::new()),
            (OrderState::Cancelled, String::new()),
            (OrderState::Invoiced, "reopen→approved".to_owned()),
        ] {
            assert_eq!(told(state), expected, "{state}");
        }
    }
}
