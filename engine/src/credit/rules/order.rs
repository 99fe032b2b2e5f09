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
    /// It was revised and checked again, with this answer: what a person let ship does not cover what it has become.
    Revised(OrderDecision),
    /// A person lets it ship.
    Release,
    /// A person refuses it for good.
    Reject,
    /// It is withdrawn.
    Cancel,
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
        (Approved | Held | PartiallyReleased | Released, OrderAct::Revised(decision)) => Ok(placed(decision)),
        (Held | PartiallyReleased, OrderAct::Release) => Ok(Released),
        (Held, OrderAct::Reject) => Ok(Rejected),
        (Approved | Held | PartiallyReleased | Released, OrderAct::Cancel) => Ok(Cancelled),
        (Released | Rejected | Cancelled | Invoiced, OrderAct::Checked(_)) => refuse(state, "checked again"),
        (Rejected | Cancelled | Invoiced, OrderAct::Revised(_)) => refuse(state, "revised"),
        (Approved | Released | Rejected | Cancelled | Invoiced, OrderAct::Release) => refuse(state, "released"),
        (Approved | PartiallyReleased | Released | Rejected | Cancelled | Invoiced, OrderAct::Reject) => refuse(state, "rejected"),
        (Rejected | Cancelled | Invoiced, OrderAct::Cancel) => refuse(state, "cancelled"),
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
            ("revise", OrderAct::Revised(Hold)),
            ("release", OrderAct::Release),
            ("reject", OrderAct::Reject),
            ("cancel", OrderAct::Cancel),
        ];
        let told = |state: OrderState| {
            let edge = |(name, act): &(&str, OrderAct)| after(state, *act).ok().map(|next| format!("{name}→{next}"));
            acts.iter().filter_map(edge).collect::<Vec<_>>().join(" ")
        };
        let checked = "approve→approved partial→partially_released hold→held deny→rejected";
        for (state, expected) in [
            (OrderState::Approved, format!("{checked} revise→held cancel→cancelled")),
            (OrderState::Held, format!("{checked} revise→held release→released reject→rejected cancel→cancelled")),
            (OrderState::PartiallyReleased, format!("{checked} revise→held release→released cancel→cancelled")),
            (OrderState::Released, "revise→held cancel→cancelled".to_owned()),
            (OrderState::Rejected, String::new()),
            (OrderState::Cancelled, String::new()),
            (OrderState::Invoiced, String::new()),
        ] {
            assert_eq!(told(state), expected, "{state}");
        }
    }
}
