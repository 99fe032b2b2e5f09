//! The questions there are, and what each is about beyond the common facts.

use crate::words::act_facts::{LimitChange, MessageFacts, Requester};
use crate::words::action::{ActionFacts, SubjectFacts};
use crate::words::event_facts::{InvoiceFacts, PaymentFacts, StageFacts};
use crate::words::facts::{DueStep, HoldFacts, OfferFacts, OrderFacts, StepFacts, Verdict};
use crate::words::id::{ContactId, InstalmentId};
use crate::words::money::Money;
use crate::words::question_facts::QuestionFacts;
use crate::words::rate::Rate;
use crate::words::signal::SignalFacts;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

crate::words! {
    /// The questions there are. The word is the function's name in a script, except `step`, which is `step_<type>`, and `action`, which is
    /// `action_<name>`.
    pub enum Hook {
        /// An order is placed or checked again.
        OrderCheck = "order_check",
        /// A built-in policy step is due.
        StepDue = "step_due",
        /// A custom policy step is due or wakes.
        Step = "step",
        /// An instalment comes within a lead day of its due date.
        BeforeDue = "before_due",
        /// An account is reviewed.
        DailyAccount = "daily_account",
        /// An evidence packet is put together.
        LegalPacket = "legal_packet",
        /// A grade is judged: in a grade run or a credit review.
        CreditGrade = "credit_grade",
        /// A credit review falls due.
        CreditReviewDue = "credit_review_due",
        /// An order is to be checked against a limit.
        UsableLimit = "usable_limit",
        /// An order or a whole account was put on hold.
        HoldPlaced = "hold_placed",
        /// A hold has ended.
        HoldReleased = "hold_released",
        /// Somebody calls a custom action of a package.
        Action = "action",
        /// A person wants a credit limit changed.
        LimitCheck = "limit_check",
        /// A person wants a held order, or a hold on a whole account, released.
        HoldRelease = "hold_release",
        /// A case is to be given to legal.
        LegalCheck = "legal_check",
        /// A discount is to be offered.
        OfferCheck = "offer_check",
        /// A letter is written.
        MessageCompose = "message_compose",
        /// An invoice was booked.
        InvoiceRegistered = "invoice_registered",
        /// An instalment became overdue.
        BecameOverdue = "became_overdue",
        /// A payment came.
        PaymentReceived = "payment_received",
        /// A payment was taken back by the bank.
        PaymentBounced = "payment_bounced",
        /// A case was opened.
        CaseOpened = "case_opened",
        /// A case came to another stage.
        StageEntered = "stage_entered",
        /// An offer was taken.
        OfferTaken = "offer_taken",
        /// An offer ran out.
        OfferExpired = "offer_expired",
        /// An early-warning signal was noticed.
        SignalRaised = "signal_raised",
    }
}

/// One question: the common facts and what it is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// The common facts.
    pub facts: QuestionFacts,
    /// What is asked.
    pub about: About,
}

impl Question {
    /// A question on these facts: those of an account, or those of the day where it is about none.
    pub fn new(facts: impl Into<QuestionFacts>, about: About) -> Self {
        Self { facts: facts.into(), about }
    }
}

/// What a question is about, beyond the common facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "hook", rename_all = "snake_case")]
pub enum About {
    /// May this order ship?
    OrderCheck {
        /// The order.
        order: OrderFacts,
        /// What the core rule says.
        core: Verdict,
    },
    /// May this step be taken today?
    StepDue {
        /// The step.
        step: DueStep,
        /// What the core rule says.
        core: Verdict,
    },
    /// What does this custom step do now?
    Step {
        /// The instance.
        step: StepFacts,
    },
    /// An instalment comes due in so many days: is there something to offer?
    BeforeDue {
        /// The instalment, one of the open items.
        item: InstalmentId,
        /// Days to its due date.
        days_left: i64,
    },
    /// Anything about this account today?
    DailyAccount,
    /// What belongs into the evidence packet?
    LegalPacket {
        /// `legal`.
        to: String,
    },
    /// Which grade does this account earn?
    CreditGrade {
        /// What the shipped formula says: the grade is its decision, `none` where there is nothing to score.
        core: Verdict,
    },
    /// A credit review falls due: is there something to propose to whoever does it?
    CreditReviewDue {
        /// The day it fell due.
        due_on: NaiveDate,
    },
    /// How much of this limit may be used now?
    UsableLimit {
        /// The account's own limit, its securities counted in.
        limit: Money,
        /// What of the planned money has come.
        collected: Money,
        /// What fell due in the last 90 days.
        planned: Money,
    },
    /// An order or a whole account was put on hold: what follows?
    HoldPlaced {
        /// The hold.
        hold: HoldFacts,
        /// The order it holds; none for the whole account.
        order: Option<OrderFacts>,
    },
    /// A hold has ended: what follows?
    HoldReleased {
        /// The hold.
        hold: HoldFacts,
        /// The order it held; none for the whole account.
        order: Option<OrderFacts>,
    },
    /// Somebody calls a custom action.
    Action {
        /// The call.
        call: Box<ActionFacts>,
    },
    /// A person wants a credit limit changed: may it be?
    LimitCheck {
        /// The limit as it would become.
        limit_change: LimitChange,
        /// Who wants it.
        requester: Requester,
    },
    /// A person wants a hold released: may it be?
    HoldRelease {
        /// The hold; none where an order waits without one that stands any more.
        hold: Option<HoldFacts>,
        /// The order it holds; none for the whole account.
        order: Option<OrderFacts>,
        /// How much of the order would ship, in the order's currency; none for the whole account.
        amount: Option<Money>,
        /// Who wants it.
        requester: Requester,
    },
    /// A case is to be given to legal, with the yes of a second person: may it be?
    LegalCheck {
        /// `legal`.
        to: String,
        /// Kinds of document that go with it.
        documents: Vec<String>,
    },
    /// A discount is to be offered for early payment: may it be?
    OfferCheck {
        /// The instalment, one of the open items.
        item: InstalmentId,
        /// The discount as a fraction.
        rate: Rate,
        /// The discount.
        discount: Money,
        /// Last day to pay.
        pay_by: NaiveDate,
    },
    /// A letter is written: is there something to say in it beside what the engine says?
    MessageCompose {
        /// The letter.
        message: MessageFacts,
        /// To whom, one of the contacts; none where it reaches nobody in particular.
        contact: Option<ContactId>,
    },
    /// An invoice was booked: what follows?
    InvoiceRegistered {
        /// The invoice.
        invoice: InvoiceFacts,
    },
    /// An instalment became overdue: what follows?
    BecameOverdue {
        /// The instalment; not among the open items any more where it was paid before anybody was asked.
        item: InstalmentId,
    },
    /// A payment came: what follows?
    PaymentReceived {
        /// The payment.
        payment: PaymentFacts,
    },
    /// A payment was taken back by the bank: what follows?
    PaymentBounced {
        /// The payment.
        payment: PaymentFacts,
    },
    /// A case was opened: what follows?
    CaseOpened {
        /// The stage it begins in.
        stage: StageFacts,
    },
    /// A case came to another stage: what follows?
    StageEntered {
        /// From where to where.
        stage: StageFacts,
    },
    /// An offer was taken: what follows?
    OfferTaken {
        /// The offer.
        offer: OfferFacts,
    },
    /// An offer ran out: what follows?
    OfferExpired {
        /// The offer.
        offer: OfferFacts,
    },
    /// An early-warning signal was noticed: what follows?
    SignalRaised {
        /// The signal.
        raised: SignalFacts,
    },
}

impl About {
    /// The hook this is a question of.
    pub fn hook(&self) -> Hook {
        match self {
            Self::OrderCheck { .. } => Hook::OrderCheck,
            Self::StepDue { .. } => Hook::StepDue,
            Self::Step { .. } => Hook::Step,
            Self::BeforeDue { .. } => Hook::BeforeDue,
            Self::DailyAccount => Hook::DailyAccount,
            Self::LegalPacket { .. } => Hook::LegalPacket,
            Self::CreditGrade { .. } => Hook::CreditGrade,
            Self::CreditReviewDue { .. } => Hook::CreditReviewDue,
            Self::UsableLimit { .. } => Hook::UsableLimit,
            Self::HoldPlaced { .. } => Hook::HoldPlaced,
            Self::HoldReleased { .. } => Hook::HoldReleased,
            Self::Action { .. } => Hook::Action,
            Self::LimitCheck { .. } => Hook::LimitCheck,
            Self::HoldRelease { .. } => Hook::HoldRelease,
            Self::LegalCheck { .. } => Hook::LegalCheck,
            Self::OfferCheck { .. } => Hook::OfferCheck,
            Self::MessageCompose { .. } => Hook::MessageCompose,
            Self::InvoiceRegistered { .. } => Hook::InvoiceRegistered,
            Self::BecameOverdue { .. } => Hook::BecameOverdue,
            Self::PaymentReceived { .. } => Hook::PaymentReceived,
            Self::PaymentBounced { .. } => Hook::PaymentBounced,
            Self::CaseOpened { .. } => Hook::CaseOpened,
            Self::StageEntered { .. } => Hook::StageEntered,
            Self::OfferTaken { .. } => Hook::OfferTaken,
            Self::OfferExpired { .. } => Hook::OfferExpired,
            Self::SignalRaised { .. } => Hook::SignalRaised,
        }
    }

    /// The order it is about, if it is about one.
    pub fn order(&self) -> Option<&OrderFacts> {
        if let Self::OrderCheck { order, .. } = self {
            return Some(order);
        }
        if let Self::Action { call } = self {
            return call.subject.order();
        }
        if let Self::HoldPlaced { order, .. } | Self::HoldReleased { order, .. } | Self::HoldRelease { order, .. } = self {
            order.as_ref()
        } else {
            None
        }
    }

    /// The call of an action, if it is one.
    pub fn action(&self) -> Option<&ActionFacts> {
        if let Self::Action { call } = self { Some(call) } else { None }
    }

    /// Is it about no account? Only a call of an action can be.
    pub fn is_without_account(&self) -> bool {
        self.action().is_some_and(|call| call.subject == SubjectFacts::None)
    }

    /// The hold it is about, if it is about one.
    pub fn hold(&self) -> Option<&HoldFacts> {
        if let Self::HoldRelease { hold, .. } = self {
            return hold.as_ref();
        }
        if let Self::HoldPlaced { hold, .. } | Self::HoldReleased { hold, .. } = self { Some(hold) } else { None }
    }

    /// What the core rule says, where it has said something.
    pub fn core(&self) -> Option<&Verdict> {
        let (Self::OrderCheck { core, .. } | Self::StepDue { core, .. } | Self::CreditGrade { core }) = self else { return None };
        Some(core)
    }

    /// The custom step it is about, if it is about one.
    pub fn custom_step(&self) -> Option<&StepFacts> {
        if let Self::Step { step } = self { Some(step) } else { None }
    }

    /// The instalments it is about, where it is about some.
    pub fn items(&self) -> Vec<InstalmentId> {
        if let Self::BeforeDue { item, .. } | Self::OfferCheck { item, .. } | Self::BecameOverdue { item } = self {
            return vec![*item];
        }
        if let Self::MessageCompose { message, .. } = self {
            return message.items.clone();
        }
        if let Self::InvoiceRegistered { invoice } = self {
            return invoice.items.clone();
        }
        if let Self::StepDue { step, .. } = self { step.items.clone() } else { Vec::new() }
    }

    /// The person who wants something, where one does.
    pub fn requester(&self) -> Option<&Requester> {
        if let Self::LimitCheck { requester, .. } | Self::HoldRelease { requester, .. } = self { Some(requester) } else { None }
    }

    /// The same, or whoever calls an action.
    pub fn person(&self) -> Option<&Requester> {
        self.requester().or_else(|| self.action().map(|call| &call.requester))
    }

    /// The invoice that was booked, where one was.
    pub fn invoice(&self) -> Option<&InvoiceFacts> {
        if let Self::InvoiceRegistered { invoice } = self { Some(invoice) } else { None }
    }

    /// The payment that came or was taken back, where one was.
    pub fn payment(&self) -> Option<&PaymentFacts> {
        if let Self::PaymentReceived { payment } | Self::PaymentBounced { payment } = self { Some(payment) } else { None }
    }

    /// The stage a case came to, where one did.
    pub fn stage(&self) -> Option<&StageFacts> {
        if let Self::CaseOpened { stage } | Self::StageEntered { stage } = self { Some(stage) } else { None }
    }

    /// The offer that was taken or ran out, where one did.
    pub fn offer(&self) -> Option<&OfferFacts> {
        if let Self::OfferTaken { offer } | Self::OfferExpired { offer } = self { Some(offer) } else { None }
    }

    /// The signal that was noticed, where one was.
    pub fn raised(&self) -> Option<&SignalFacts> {
        if let Self::SignalRaised { raised } = self { Some(raised) } else { None }
    }

    /// What has happened, where something has: the kind of thing it happened to, and which.
    pub fn event(&self) -> Option<(&'static str, Uuid)> {
        let of_money = self.invoice().map(|it| ("invoice", it.id.0)).or_else(|| self.payment().map(|it| ("payment", it.id.0)));
        let of_case = self.stage().map(|it| ("case", it.case_id.0)).or_else(|| self.offer().map(|it| ("offer", it.id.0)));
        let of_signal = self.raised().map(|it| ("signal", it.id.0));
        let of_hold =
            if let Self::HoldPlaced { hold, .. } | Self::HoldReleased { hold, .. } = self { Some(("hold", hold.id.0)) } else { None };
        let of_item = if let Self::BecameOverdue { item } = self { Some(("instalment", item.0)) } else { None };
        of_money.or(of_case).or(of_signal).or(of_hold).or(of_item)
    }

    /// The letter that is written, where one is.
    pub fn message(&self) -> Option<&MessageFacts> {
        if let Self::MessageCompose { message, .. } = self { Some(message) } else { None }
    }

    /// The limit as it would become, where one is to change.
    pub fn limit_change(&self) -> Option<&LimitChange> {
        if let Self::LimitCheck { limit_change, .. } = self { Some(limit_change) } else { None }
    }
}
